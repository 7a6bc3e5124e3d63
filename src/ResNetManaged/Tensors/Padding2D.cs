using System.Globalization;

namespace ResNetManaged.Tensors;

/// <summary>Pixels added around an image plane, by side, as ONNX and TensorFlow specify padding.</summary>
/// <remarks>
/// PyTorch's symmetric padding converts implicitly: <c>padding: 1</c> is one pixel on each side, <c>padding: (1, 2)</c> one row above and below and
/// two columns left and right. Layers print it as it was written.
/// </remarks>
public readonly struct Padding2D
{
    private readonly Size2D _start, _end; // top and left; bottom and right

    /// <summary>Padding that may differ from side to side.</summary>
    /// <param name="top">Rows above the plane.</param>
    /// <param name="left">Columns to the left of it.</param>
    /// <param name="bottom">Rows below it.</param>
    /// <param name="right">Columns to the right of it.</param>
    public Padding2D(int top, int left, int bottom, int right) => (_start, _end) = (new Size2D(top, left), new Size2D(bottom, right));

    private Padding2D(Size2D symmetric) => _start = _end = symmetric;

    /// <summary>Rows above the plane.</summary>
    public int Top => _start.Height;

    /// <summary>Columns to the left of the plane.</summary>
    public int Left => _start.Width;

    /// <summary>Rows below the plane.</summary>
    public int Bottom => _end.Height;

    /// <summary>Columns to the right of the plane.</summary>
    public int Right => _end.Width;

    /// <summary>Whether opposite sides are equal, so that a height and a width describe the padding.</summary>
    internal bool IsSymmetric => _start == _end;

    /// <summary>Whether all sides are equal, so that one number describes the padding.</summary>
    internal bool IsUniform => IsSymmetric && Top == Left;

    /// <summary>Whether there is none.</summary>
    internal bool IsNone => IsUniform && Top == 0;

    /// <summary>The same number of pixels on each side.</summary>
    /// <param name="side">Pixels.</param>
    public static implicit operator Padding2D(int side) => new((Size2D)side);

    /// <summary>Symmetric padding.</summary>
    /// <param name="size">Rows above and below; columns left and right.</param>
    public static implicit operator Padding2D(Size2D size) => new(size);

    /// <summary>Symmetric padding written as a pair.</summary>
    /// <param name="size">Rows above and below, then columns left and right.</param>
    public static implicit operator Padding2D((int Height, int Width) size) => new((Size2D)size);

    /// <summary>
    /// The pair as PyTorch prints it, <c>(1, 1)</c>, if opposite sides are equal; otherwise all sides, <c>(top=0, left=1, bottom=1, right=0)</c>.
    /// </summary>
    public override string ToString() => IsSymmetric
        ? _start.ToString()
        : string.Create(CultureInfo.InvariantCulture, $"(top={Top}, left={Left}, bottom={Bottom}, right={Right})");

    /// <summary>
    /// The padding as the caller wrote it, which is what PyTorch prints: <c>1</c> for a number, <c>(1, 1)</c> for a pair; all sides if opposite ones
    /// differ.
    /// </summary>
    internal string AsWritten() => IsSymmetric ? _start.AsWritten() : ToString();
}
