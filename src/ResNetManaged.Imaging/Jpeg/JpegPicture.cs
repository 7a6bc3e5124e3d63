using ResNetManaged.Imaging.Jpeg.Entropy;
using ResNetManaged.Imaging.Jpeg.Samples;
using ResNetManaged.Preprocessing;
using ResNetManaged.Preprocessing.Augmentations;

namespace ResNetManaged.Imaging.Jpeg;

/// <summary>A JPEG file that was opened: its size, and then the rows of a window, one after the other.</summary>
/// <remarks>
/// Entropy decoding runs over everything, since every bit depends on the ones before; the inverse DCT, upsampling and colors only over the window. Of an
/// image with one scan, only the last two rows of MCUs are in memory. Pixels do not depend on the window.
/// </remarks>
internal sealed unsafe class JpegPicture : IPixelSource, IDisposable
{
    private readonly JpegInput _input;
    private readonly JpegReader _reader;
    private readonly JpegScan _firstScan;
    private readonly BitReader _bits;
    private readonly List<IDisposable> _memory = [];

    private PixelWindow _window;
    private McuSource? _source;
    private Upsampler[] _upsamplers = [];
    private SamplePlane[] _planes = [];
    private int _y, _mcuRow; // the next row, and the next row of MCUs

    /// <summary>Opens a file: reads it up to its first scan.</summary>
    /// <exception cref="InvalidImageException">The file is damaged, too large or not supported.</exception>
    public JpegPicture(JpegInput input, long pixelCap)
    {
        _input = input;
        _reader = new JpegReader(input, pixelCap);
        _firstScan = _reader.NextScan() ?? throw InvalidImageException.Truncated();
        _bits = new BitReader(input);
        CheckLength(Frame, input.Length);
    }

    public int Width => Frame.Width;

    public int Height => Frame.Height;

    public int ScratchLength => 3 * _window.Width;

    private JpegFrame Frame => _reader.Frame;

    public void Select(PixelWindow window)
    {
        _window = window;
        _y = window.Top;
        int right = window.Left + window.Width;
        _planes = Array.ConvertAll(Frame.Components, component => Keep(new SamplePlane(Frame, component, window.Left, right)));
        _upsamplers = Array.ConvertAll(_planes, plane => Keep(new Upsampler(plane, window.Left, right)));
        _source = _reader.HasSeveralScans
            ? Keep(new StoredMcus(_input, _bits, _reader, _firstScan, _planes))
            : new StreamedMcus(_input, _bits, Frame, _firstScan, _planes);
    }

    public ReadOnlySpan<byte> NextRow(Span<byte> scratch)
    {
        Span<byte> row = scratch[..ScratchLength];
        ReadRow(row);
        return row;
    }

    /// <summary>Decodes the window's next row.</summary>
    /// <param name="rgb">Gets 3 bytes for each of the window's pixels.</param>
    public void ReadRow(Span<byte> rgb)
    {
        int needed = 0;
        for (int i = 0; i < _planes.Length; i++)
            needed = Math.Max(needed, _upsamplers[i].LastRowFor(_y) / (_planes[i].Component.Vertical * JpegFrame.BlockSide));
        while (_mcuRow <= needed) ReadMcuRow();
        byte** rows = stackalloc byte*[_planes.Length];
        for (int i = 0; i < _planes.Length; i++) rows[i] = _upsamplers[i].Row(_y);
        JpegColors.ToRgb(Frame.Color, rows, rgb);
        _y++;
    }

    /// <summary>Reads the file to its end, as far as PIL looks at it.</summary>
    /// <exception cref="InvalidImageException">The rest is damaged.</exception>
    public void Finish()
    {
        while (_mcuRow < Frame.McuRows) ReadMcuRow();
        _source!.Finish();
        if (!_reader.HasSeveralScans) _reader.Finish();
    }

    public void Dispose()
    {
        foreach (IDisposable memory in _memory) memory.Dispose();
    }

    private void ReadMcuRow()
    {
        bool isNeeded = false;
        for (int i = 0; i < _planes.Length && !isNeeded; i++)
        {
            int rows = _planes[i].Component.Vertical * JpegFrame.BlockSide;
            isNeeded = _mcuRow >= _upsamplers[i].FirstRowFor(_window.Top) / rows
                && _mcuRow <= _upsamplers[i].LastRowFor(_window.Top + _window.Height - 1) / rows;
        }
        _source!.Read(_mcuRow++, isNeeded);
    }

    private T Keep<T>(T memory) where T : IDisposable
    {
        _memory.Add(memory);
        return memory;
    }

    /// <summary>Rejects small files that claim large images: every MCU takes at least one bit.</summary>
    private static void CheckLength(JpegFrame frame, long fileLength)
    {
        const long AlwaysAllowed = 1 << 24; // pixels; damaged files may lack data, as long as that costs little
        if ((long)frame.Width * frame.Height > AlwaysAllowed && (long)frame.McuColumns * frame.McuRows > 8 * fileLength)
            throw new InvalidImageException($"{fileLength} bytes cannot hold the {frame.Width} x {frame.Height} pixels that its header claims");
    }
}
