using System.Globalization;

namespace ResNetManaged.Tensors;

/// <summary>A height and a width: of an image plane, a kernel, a stride, a padding or a dilation.</summary>
/// <remarks>One number stands for a square, as in PyTorch: <c>kernelSize: 3</c> is 3 x 3, and prints as it was written.</remarks>
/// <param name="Height">Along H.</param>
/// <param name="Width">Along W.</param>
public readonly record struct Size2D(int Height, int Width)
{
    private readonly bool _writtenAsOneNumber;

    private Size2D(int side) : this(side, side) => _writtenAsOneNumber = true;

    /// <summary>Height times width.</summary>
    public int Area => Height * Width;

    /// <summary>The same number in both directions.</summary>
    /// <param name="side">Height and width.</param>
    public static implicit operator Size2D(int side) => new(side);

    /// <summary>A height and a width written as a pair.</summary>
    /// <param name="size">Height, then width.</param>
    public static implicit operator Size2D((int Height, int Width) size) => new(size.Height, size.Width);

    /// <summary>True when height and width are the same, however they were written.</summary>
    public bool Equals(Size2D other) => Height == other.Height && Width == other.Width;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Height, Width);

    /// <summary>Both numbers, as PyTorch prints a pair: <c>(3, 3)</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"({Height}, {Width})");

    /// <summary>As PyTorch prints what the caller wrote: <c>3</c> for one number, <c>(3, 3)</c> for a pair.</summary>
    internal string AsWritten() => _writtenAsOneNumber && Height == Width ? Height.ToString(CultureInfo.InvariantCulture) : ToString();
}
