using System.Runtime.InteropServices;
using ResNetManaged.Imaging.Jpeg.Entropy;

namespace ResNetManaged.Imaging.Jpeg.Samples;

/// <summary>The decoded samples of one component: the last rows of MCUs, and the columns that a window of the image needs.</summary>
internal sealed unsafe class SamplePlane : IDisposable
{
    /// <summary>Bytes before and after every row that vectors may touch.</summary>
    public const int Slack = 64;

    private const int McuRows = 2; // a row of the image needs samples of at most two rows of MCUs

    private readonly byte* _memory;
    private readonly short* _steps;
    private readonly int _rows;

    /// <summary>Allocates rows for the window of columns from <paramref name="left"/> to <paramref name="right"/> of the image.</summary>
    public SamplePlane(JpegFrame frame, JpegComponent component, int left, int right)
    {
        Component = component;
        ScaleX = frame.MaxHorizontal / component.Horizontal;
        ScaleY = frame.MaxVertical / component.Vertical;
        // Upsampling reads one sample more on each side.
        FirstBlock = Math.Max(left / ScaleX - 1, 0) / JpegFrame.BlockSide;
        EndBlock = Math.Min((right - 1) / ScaleX + 1, component.Width - 1) / JpegFrame.BlockSide + 1;
        _rows = McuRows * component.Vertical * JpegFrame.BlockSide;
        Stride = (EndBlock - FirstBlock) * JpegFrame.BlockSide + 2 * Slack;
        _memory = (byte*)NativeMemory.AllocZeroed((nuint)_rows * (nuint)Stride);
        _steps = (short*)NativeMemory.AllocZeroed(ZigZag.Size, sizeof(short));
    }

    public JpegComponent Component { get; }

    /// <summary>The component's steps of quantization; all 0 if no scan has had it.</summary>
    public short* Steps
    {
        get
        {
            Component.Steps?.CopyTo(new Span<short>(_steps, ZigZag.Size));
            return _steps;
        }
    }

    /// <summary>The pixels of the image per sample horizontally.</summary>
    public int ScaleX { get; }

    /// <summary>The pixels of the image per sample vertically.</summary>
    public int ScaleY { get; }

    /// <summary>The first column of blocks with samples.</summary>
    public int FirstBlock { get; }

    /// <summary>One past the last column of blocks with samples.</summary>
    public int EndBlock { get; }

    /// <summary>The bytes from one row to the next.</summary>
    public int Stride { get; }

    /// <summary>Row <paramref name="y"/> of the component: the address of its sample 0, of which only the window's columns may be read.</summary>
    public byte* Row(int y) => _memory + (nint)(y % _rows) * Stride + Slack - FirstBlock * JpegFrame.BlockSide;

    public void Dispose()
    {
        NativeMemory.Free(_memory);
        NativeMemory.Free(_steps);
    }
}
