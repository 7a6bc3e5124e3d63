using ResNetManaged.Tensors;

namespace ResNetManaged.Kernels;

/// <summary>Checks a kernel's arguments before it touches memory.</summary>
internal static class Check
{
    /// <summary>Throws unless a span has the expected length.</summary>
    /// <exception cref="ShapeMismatchException">The lengths differ.</exception>
    public static void Length(string kernel, string name, int got, long expected)
    {
        if (got != expected) Throw(kernel, name, got, expected);
    }

    /// <summary>Throws unless an optional span is empty or has the expected length.</summary>
    /// <exception cref="ShapeMismatchException">The lengths differ.</exception>
    public static void LengthOrEmpty(string kernel, string name, int got, long expected)
    {
        if (got != 0) Length(kernel, name, got, expected);
    }

    /// <summary>Throws if the destination overlaps the source without starting at the same element.</summary>
    /// <exception cref="ArgumentException">It does.</exception>
    public static void SameStartOrDisjoint(string kernel, string name, ReadOnlySpan<float> read, ReadOnlySpan<float> written)
    {
        if (read.Overlaps(written, out int offset) && offset != 0)
        {
            throw new ArgumentException(
                $"{kernel}: the destination overlaps {name}, shifted by {offset} elements; it must be {name} itself or disjoint.", name);
        }
    }

    /// <summary>Throws if a number is too small.</summary>
    /// <param name="kernel">The kernel's name.</param>
    /// <param name="parameter">The parameter that holds the number.</param>
    /// <param name="value">The number.</param>
    /// <param name="least">The smallest number allowed.</param>
    /// <param name="meaning">What the number is, in words; the parameter's name if null.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is smaller than that.</exception>
    public static void AtLeast(string kernel, string parameter, int value, int least, string? meaning = null)
    {
        if (value < least)
            throw new ArgumentOutOfRangeException(parameter, $"{kernel}: {meaning ?? parameter} is {value}; it must be at least {least}.");
    }

    /// <summary>Throws if [outer, channels, H, W] has more elements than an array can hold.</summary>
    /// <param name="tensor">The tensor's name in the message.</param>
    /// <param name="outer">The first dimension.</param>
    /// <param name="channels">The second dimension.</param>
    /// <param name="plane">H and W.</param>
    /// <exception cref="ShapeMismatchException">It has more.</exception>
    public static void FitsArray(string tensor, int outer, int channels, Size2D plane)
    {
        Int128 elements = (Int128)outer * channels * plane.Height * plane.Width;
        if (elements > Array.MaxLength)
        {
            throw new ShapeMismatchException(
                $"{tensor} [{outer}, {channels}, {plane.Height}, {plane.Width}] has more elements than an array can hold ({Array.MaxLength}).");
        }
    }

    private static void Throw(string kernel, string name, int got, long expected) =>
        throw new ShapeMismatchException($"{kernel}: {name} has {got} elements; expected {expected}.");
}
