using ResNetManaged.Imaging.Jpeg.Entropy;
using ResNetManaged.Imaging.Jpeg.Samples;

namespace ResNetManaged.Imaging.Jpeg;

/// <summary>The MCUs of an image with one scan: each block becomes samples as soon as it is read.</summary>
internal sealed unsafe class StreamedMcus : McuSource
{
    private const int MaxBlockRows = 16; // four components with four rows each

    private readonly JpegFrame _frame;
    private readonly JpegScan _scan;
    private readonly SamplePlane[] _planes; // in the scan's order
    private readonly short*[] _steps;
    private readonly ScanReader _reader;

    public StreamedMcus(JpegInput input, BitReader bits, JpegFrame frame, JpegScan scan, SamplePlane[] planes)
    {
        (_frame, _scan) = (frame, scan);
        _planes = Array.ConvertAll(scan.Components, component => Array.Find(planes, plane => plane.Component == component)!);
        _steps = new short*[_planes.Length];
        for (int i = 0; i < _planes.Length; i++) _steps[i] = _planes[i].Steps;
        _reader = new ScanReader(input, bits, scan, isProgressive: false);
    }

    public override void Finish() => _reader.CheckEnd();

    public override void Read(int mcuRow, bool isNeeded)
    {
        short* block = stackalloc short[ZigZag.Size];
        new Span<short>(block, ZigZag.Size).Clear();
        byte** rows = stackalloc byte*[MaxBlockRows]; // where each row of blocks goes; null if it is not needed
        FindRows(mcuRow, isNeeded, rows);
        if (_scan.IsSingle)
        {
            JpegComponent component = _scan.Components[0];
            for (int y = 0; y < component.BlockRowsIn(mcuRow); y++)
            {
                for (int column = 0; column < component.BlockColumns; column++)
                {
                    bool hasData = _reader.NextMcu();
                    ReadBlock(0, rows[y], column, hasData, block);
                    if (hasData) _reader.Bits.EndMcu();
                }
            }
            return;
        }
        for (int mcuColumn = 0; mcuColumn < _frame.McuColumns; mcuColumn++)
        {
            bool hasData = _reader.NextMcu();
            byte** row = rows;
            for (int i = 0; i < _planes.Length; i++)
            {
                JpegComponent component = _scan.Components[i];
                for (int y = 0; y < component.Vertical; y++, row++)
                {
                    for (int x = 0; x < component.Horizontal; x++) ReadBlock(i, *row, mcuColumn * component.Horizontal + x, hasData, block);
                }
            }
            if (hasData) _reader.Bits.EndMcu();
        }
    }

    private void FindRows(int mcuRow, bool isNeeded, byte** rows)
    {
        foreach (SamplePlane plane in _planes)
        {
            for (int y = 0; y < plane.Component.Vertical; y++)
            {
                int row = mcuRow * plane.Component.Vertical + y;
                *rows++ = isNeeded && row < plane.Component.BlockRows ? plane.Row(row * JpegFrame.BlockSide) : null;
            }
        }
    }

    /// <summary>Reads a block and transforms it if it is in the window; <paramref name="block"/> is all zeros before and after.</summary>
    private void ReadBlock(int index, byte* row, int column, bool hasData, short* block)
    {
        SamplePlane plane = _planes[index];
        bool hasAc = hasData && _reader.Bits.ReadBlock(_scan.Dc[index]!, _scan.Ac[index]!, ref plane.Component.Prediction, block);
        if (row != null && column >= plane.FirstBlock && column < plane.EndBlock)
        {
            byte* destination = row + column * JpegFrame.BlockSide;
            short* steps = _steps[index];
            if (hasAc) InverseDct.Transform(block, steps, destination, plane.Stride);
            else InverseDct.TransformDc(block[0], steps[0], destination, plane.Stride);
        }
        if (hasAc) new Span<short>(block, ZigZag.Size).Clear();
        else block[0] = 0;
    }
}
