using System.Globalization;

namespace ResNetManaged.Tensors;

/// <summary>A height and a width: of an image plane, a kernel, a stride, a padding or a dilation.</summary>
/// <remarks>A single number means both, as in PyTorch: <c>kernelSize: 3</c> is 3 x 3.</remarks>
public readonly struct Size2D : IEquatable<Size2D>
{
    private readonly bool _writtenAsOneNumber;

    /// <summary>Creates a size.</summary>
    /// <param name="height">The size along H.</param>
    /// <param name="width">The size along W.</param>
    public Size2D(int height, int width) => (Height, Width) = (height, width);

    private Size2D(int side) : this(side, side) => _writtenAsOneNumber = true;

    /// <summary>The size along H.</summary>
    public int Height { get; }

    /// <summary>The size along W.</summary>
    public int Width { get; }

    /// <summary>Height times width.</summary>
    internal int Area => Height * Width;

    /// <summary>Converts a number to a size with that height and width.</summary>
    /// <param name="side">The height and width.</param>
    public static implicit operator Size2D(int side) => new(side);

    /// <summary>Converts a pair to a size.</summary>
    /// <param name="size">The height, then the width.</param>
    public static implicit operator Size2D((int Height, int Width) size) => new(size.Height, size.Width);

    /// <summary>True if heights and widths are equal, whether written as a number or a pair.</summary>
    /// <param name="left">One size.</param>
    /// <param name="right">The other one.</param>
    public static bool operator ==(Size2D left, Size2D right) => left.Equals(right);

    /// <summary>True if heights or widths differ.</summary>
    /// <param name="left">One size.</param>
    /// <param name="right">The other one.</param>
    public static bool operator !=(Size2D left, Size2D right) => !left.Equals(right);

    /// <summary>True if heights and widths are equal, whether written as a number or a pair.</summary>
    public bool Equals(Size2D other) => Height == other.Height && Width == other.Width;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Size2D other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Height, Width);

    internal void Deconstruct(out int height, out int width) => (height, width) = (Height, Width);

    /// <summary>The pair as PyTorch prints it: <c>(3, 3)</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"({Height}, {Width})");

    /// <summary>The size as the caller wrote it, which is what PyTorch prints: <c>3</c> for a number, <c>(3, 3)</c> for a pair.</summary>
    internal string AsWritten() => _writtenAsOneNumber ? Height.ToString(CultureInfo.InvariantCulture) : ToString();
}
