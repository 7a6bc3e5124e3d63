using ResNetManaged.Tensors;

namespace ResNetManaged.Kernels;

/// <summary>Checks at the edge of a kernel, before it touches memory.</summary>
internal static class Check
{
    /// <summary>A span has exactly the length that the sizes ask for.</summary>
    public static void Length(string kernel, string name, int got, long expected)
    {
        if (got != expected) Throw(kernel, name, got, expected);
    }

    /// <summary>A span that may be left out has exactly the length that the sizes ask for, or none.</summary>
    public static void LengthOrEmpty(string kernel, string name, int got, long expected)
    {
        if (got != 0) Length(kernel, name, got, expected);
    }

    /// <summary>What is written is what is read, element for element, or is disjoint from it.</summary>
    public static void SameStartOrDisjoint(string kernel, string name, ReadOnlySpan<float> read, ReadOnlySpan<float> written)
    {
        if (read.Overlaps(written, out int offset) && offset != 0)
        {
            throw new ArgumentException(
                $"{kernel}: the destination overlaps {name}, shifted by {offset} elements; it must be {name} itself or disjoint.");
        }
    }

    private static void Throw(string kernel, string name, int got, long expected) =>
        throw new ShapeMismatchException($"{kernel}: {name} has {got} elements; expected {expected}.");
}
