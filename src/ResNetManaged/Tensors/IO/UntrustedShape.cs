namespace ResNetManaged.Tensors.IO;

/// <summary>Checks shapes that files claim, as 64-bit sizes.</summary>
internal static class UntrustedShape
{
    /// <summary>The most dimensions that NumPy and PyTorch allow.</summary>
    public const int MaxRank = 64;

    /// <summary>The limits on shapes in files, for messages.</summary>
    public static string Limits { get; } = $"expected at most {MaxRank} dimensions of 0 or more and at most {Array.MaxLength} elements";

    /// <summary>Creates the shape if a tensor can have it; never overflows, and never allocates in proportion to a claimed size.</summary>
    public static bool TryCreate(ReadOnlySpan<long> sizes, out Shape shape)
    {
        shape = default;
        if (sizes.Length > MaxRank) return false;
        int[] dimensions = new int[sizes.Length];
        long count = sizes.Contains(0) ? 0 : 1;
        for (int i = 0; i < sizes.Length; i++)
        {
            if (sizes[i] is < 0 or > int.MaxValue) return false;
            dimensions[i] = (int)sizes[i];
            count *= dimensions[i]; // both factors are below 2^31
            if (count > Array.MaxLength) return false;
        }
        shape = Shape.Create(dimensions);
        return true;
    }

    /// <summary>Formats sizes as <see cref="Shape"/> does.</summary>
    public static string Format(ReadOnlySpan<long> sizes) =>
        sizes.Length > MaxRank ? $"of {sizes.Length} dimensions" : "[" + string.Join(", ", sizes.ToArray()) + "]";
}
