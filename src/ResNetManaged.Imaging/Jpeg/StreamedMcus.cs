namespace ResNetManaged.Imaging.Jpeg;

/// <summary>The MCUs of an image with one scan: each block becomes samples as soon as it is read.</summary>
internal sealed unsafe class StreamedMcus : McuSource
{
    private readonly JpegFrame _frame;
    private readonly JpegScan _scan;
    private readonly SamplePlane[] _planes; // in the scan's order
    private readonly ScanReader _reader;

    public StreamedMcus(JpegInput input, BitReader bits, JpegFrame frame, JpegScan scan, SamplePlane[] planes)
    {
        (_frame, _scan) = (frame, scan);
        _planes = Array.ConvertAll(scan.Components, component => Array.Find(planes, plane => plane.Component == component)!);
        _reader = new ScanReader(input, bits, scan, isProgressive: false);
    }

    public override void Finish() => _reader.CheckEnd();

    public override void Read(int mcuRow, bool isNeeded)
    {
        short* block = stackalloc short[ZigZag.Size];
        new Span<short>(block, ZigZag.Size).Clear();
        if (_scan.IsSingle)
        {
            JpegComponent component = _scan.Components[0];
            for (int y = 0; y < component.BlockRowsIn(mcuRow); y++)
            {
                int row = mcuRow * component.Vertical + y;
                for (int column = 0; column < component.BlockColumns; column++)
                {
                    bool hasData = _reader.NextMcu();
                    ReadBlock(0, row, column, hasData, isNeeded, block);
                    if (hasData) _reader.Bits.EndMcu();
                }
            }
            return;
        }
        for (int mcuColumn = 0; mcuColumn < _frame.McuColumns; mcuColumn++)
        {
            bool hasData = _reader.NextMcu();
            for (int i = 0; i < _planes.Length; i++)
            {
                JpegComponent component = _scan.Components[i];
                for (int y = 0; y < component.Vertical; y++)
                {
                    int row = mcuRow * component.Vertical + y;
                    for (int x = 0; x < component.Horizontal; x++)
                        ReadBlock(i, row, mcuColumn * component.Horizontal + x, hasData, isNeeded && row < component.BlockRows, block);
                }
            }
            if (hasData) _reader.Bits.EndMcu();
        }
    }

    // The block is all zeros, before and after.
    private void ReadBlock(int index, int row, int column, bool hasData, bool isNeeded, short* block)
    {
        SamplePlane plane = _planes[index];
        JpegComponent component = plane.Component;
        bool hasAc = hasData && _reader.Bits.ReadBlock(_scan.Dc[index]!, _scan.Ac[index]!, ref component.Prediction, block);
        if (isNeeded && column >= plane.FirstBlock && column < plane.EndBlock)
        {
            byte* destination = plane.Row(row * JpegFrame.BlockSide) + column * JpegFrame.BlockSide;
            fixed (short* steps = component.Steps)
            {
                if (hasAc) InverseDct.Transform(block, steps, destination, plane.Stride);
                else InverseDct.TransformDc(block[0], steps[0], destination, plane.Stride);
            }
        }
        if (hasAc) new Span<short>(block, ZigZag.Size).Clear();
        else block[0] = 0;
    }
}
