using System.Globalization;

namespace ResNetManaged.Tensors;

/// <summary>A height and a width: of an image plane, a kernel, a stride, a padding or a dilation.</summary>
/// <remarks>One number stands for a square, as in PyTorch: <c>kernelSize: 3</c> is 3 x 3.</remarks>
/// <param name="Height">Along H.</param>
/// <param name="Width">Along W.</param>
public readonly record struct Size2D(int Height, int Width)
{
    /// <summary>Height times width.</summary>
    public int Area => Height * Width;

    /// <summary>The same number in both directions.</summary>
    /// <param name="side">Height and width.</param>
    public static implicit operator Size2D(int side) => new(side, side);

    /// <summary>A height and a width written as a pair.</summary>
    /// <param name="size">Height, then width.</param>
    public static implicit operator Size2D((int Height, int Width) size) => new(size.Height, size.Width);

    /// <summary>As PyTorch prints it: <c>(3, 3)</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"({Height}, {Width})");
}
