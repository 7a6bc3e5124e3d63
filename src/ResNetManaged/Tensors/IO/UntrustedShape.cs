namespace ResNetManaged.Tensors.IO;

/// <summary>Shapes as files claim them: 64-bit numbers that mean nothing until they are checked.</summary>
internal static class UntrustedShape
{
    /// <summary>More dimensions than NumPy (64) or PyTorch make.</summary>
    public const int MaxRank = 64;

    /// <summary>What every shape in a file must keep to, for messages.</summary>
    public static string Limits { get; } = $"expected at most {MaxRank} dimensions of 0 or more and at most {Array.MaxLength} elements";

    /// <summary>Makes a shape when a tensor can have it; never overflows, never allocates in proportion to a claim.</summary>
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

    /// <summary>The sizes as <see cref="Shape"/> prints them.</summary>
    public static string Format(ReadOnlySpan<long> sizes) =>
        sizes.Length > MaxRank ? $"of {sizes.Length} dimensions" : "[" + string.Join(", ", sizes.ToArray()) + "]";
}
