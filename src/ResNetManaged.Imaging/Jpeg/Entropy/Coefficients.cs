using System.Runtime.InteropServices;

namespace ResNetManaged.Imaging.Jpeg.Entropy;

/// <summary>All coefficients of a component, which an image with several scans needs until its end.</summary>
/// <remarks>Memory of its own, since it may be large: the system supplies pages as they are first written, and gets them back at once.</remarks>
internal sealed unsafe class Coefficients : IDisposable
{
    private readonly int _columns;
    private readonly short* _memory;

    /// <summary>Allocates zeros for whole MCUs.</summary>
    public Coefficients(JpegFrame frame, JpegComponent component)
    {
        _columns = frame.McuColumns * component.Horizontal;
        nuint blocks = (nuint)_columns * (nuint)(frame.McuRows * component.Vertical);
        _memory = (short*)NativeMemory.AllocZeroed(blocks, ZigZag.Size * sizeof(short));
    }

    /// <summary>A block's 64 coefficients, row by row.</summary>
    public short* Block(int row, int column) => _memory + ((nint)row * _columns + column) * ZigZag.Size;

    public void Dispose() => NativeMemory.Free(_memory);
}
