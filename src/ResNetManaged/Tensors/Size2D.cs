using System.Globalization;

namespace ResNetManaged.Tensors;

/// <summary>A height and a width: of an image plane, a kernel, a stride, a padding or a dilation.</summary>
/// <remarks>A single number means both, as in PyTorch: <c>kernelSize: 3</c> is 3 x 3.</remarks>
/// <param name="Height">The size along H.</param>
/// <param name="Width">The size along W.</param>
public readonly record struct Size2D(int Height, int Width)
{
    private readonly bool _writtenAsOneNumber;

    private Size2D(int side) : this(side, side) => _writtenAsOneNumber = true;

    /// <summary>Height times width.</summary>
    public int Area => Height * Width;

    /// <summary>Converts a number to a size with that height and width.</summary>
    /// <param name="side">The height and width.</param>
    public static implicit operator Size2D(int side) => new(side);

    /// <summary>Converts a pair to a size.</summary>
    /// <param name="size">The height, then the width.</param>
    public static implicit operator Size2D((int Height, int Width) size) => new(size.Height, size.Width);

    /// <summary>True if heights and widths are equal, whether written as a number or a pair.</summary>
    public bool Equals(Size2D other) => Height == other.Height && Width == other.Width;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Height, Width);

    /// <summary>The pair as PyTorch prints it: <c>(3, 3)</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"({Height}, {Width})");

    /// <summary>The size as the caller wrote it, which is what PyTorch prints: <c>3</c> for a number, <c>(3, 3)</c> for a pair.</summary>
    internal string AsWritten() => _writtenAsOneNumber && Height == Width ? Height.ToString(CultureInfo.InvariantCulture) : ToString();
}
