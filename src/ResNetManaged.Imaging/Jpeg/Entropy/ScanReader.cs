namespace ResNetManaged.Imaging.Jpeg.Entropy;

/// <summary>Walks over the MCUs of a scan, and over the restart markers between them.</summary>
internal sealed unsafe class ScanReader
{
    private const int FirstFrameMarker = 0xC0, FirstRestart = 0xD0, LastRestart = 0xD7;

    private readonly JpegInput _input;
    private readonly JpegScan _scan;
    private readonly ProgressiveBlocks? _progressive;
    private int _untilRestart, _restarts;
    private long _segmentStart, _segmentMcus; // the MCUs since then

    /// <summary>Starts at the scan's first MCU, the input's next byte.</summary>
    public ScanReader(JpegInput input, BitReader bits, JpegScan scan, bool isProgressive)
    {
        (_input, Bits, _scan) = (input, bits, scan);
        _untilRestart = scan.RestartInterval;
        if (isProgressive) _progressive = new ProgressiveBlocks(bits, scan);
        bits.Restart(isExhausted: false);
        _segmentStart = input.Position;
    }

    public BitReader Bits { get; }

    /// <summary>Whether no further MCU of the scan can have data.</summary>
    public bool IsOver => Bits.IsExhausted && (_scan.RestartInterval == 0 || EndsScan(_input.UnreadMarker));

    /// <summary>The MCUs visited so far.</summary>
    public long Mcus { get; private set; }

    /// <summary>Moves to the next MCU.</summary>
    /// <returns>Whether it has data; if not, its blocks stay as they are.</returns>
    public bool NextMcu()
    {
        if (_scan.RestartInterval > 0 && _untilRestart-- == 0)
        {
            PassRestart();
            _untilRestart = _scan.RestartInterval - 1;
            (_segmentStart, _segmentMcus) = (_input.Position, 0);
        }
        _segmentMcus++;
        Mcus++;
        return !Bits.IsExhausted;
    }

    /// <summary>Reads all MCUs into the components' coefficients.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="coefficients">The coefficients of all the frame's components.</param>
    /// <returns>The last row of MCUs in which data began; the scan is complete if it is the image's last.</returns>
    public int ReadAll(JpegFrame frame, Coefficients[] coefficients)
    {
        int lastRow = 0;
        for (int mcuRow = 0; mcuRow < frame.McuRows && !IsOver; mcuRow++)
        {
            if (_scan.IsSingle)
            {
                JpegComponent component = _scan.Components[0];
                Coefficients target = coefficients[Array.IndexOf(frame.Components, component)];
                int row = mcuRow * component.Vertical;
                for (int y = 0; y < component.BlockRowsIn(mcuRow); y++)
                {
                    for (int column = 0; column < component.BlockColumns; column++)
                    {
                        if (!Bits.IsExhausted) lastRow = mcuRow;
                        if (!NextMcu()) continue;
                        ReadBlock(0, target.Block(row + y, column));
                        Bits.EndMcu();
                    }
                }
                continue;
            }
            for (int column = 0; column < frame.McuColumns; column++)
            {
                if (!Bits.IsExhausted) lastRow = mcuRow;
                if (!NextMcu()) continue;
                ReadMcu(frame, coefficients, mcuRow, column);
                Bits.EndMcu();
            }
        }
        return lastRow;
    }

    /// <summary>Rejects a file that ends behind the scan, as PIL does unless enough bytes follow.</summary>
    /// <exception cref="InvalidImageException">libjpeg would wait for more data before the scan's end.</exception>
    public void CheckEnd()
    {
        if (!Bits.HasEnded) return;
        long end = _input.Position;
        if (!new ReadAhead(_input, _scan).Reaches(_segmentStart, _segmentMcus)) throw InvalidImageException.Truncated();
        _input.Position = end;
    }

    private void ReadMcu(JpegFrame frame, Coefficients[] coefficients, int mcuRow, int mcuColumn)
    {
        for (int i = 0; i < _scan.Components.Length; i++)
        {
            JpegComponent component = _scan.Components[i];
            Coefficients target = coefficients[Array.IndexOf(frame.Components, component)];
            for (int y = 0; y < component.Vertical; y++)
            {
                for (int x = 0; x < component.Horizontal; x++)
                    ReadBlock(i, target.Block(mcuRow * component.Vertical + y, mcuColumn * component.Horizontal + x));
            }
        }
    }

    private void ReadBlock(int index, short* block)
    {
        if (_progressive is not null) _progressive.Read(index, block);
        else Bits.ReadBlock(_scan.Dc[index]!, _scan.Ac[index]!, ref _scan.Components[index].Prediction, block);
    }

    private static bool EndsScan(int marker) => marker is >= FirstFrameMarker and (< FirstRestart or > LastRestart);

    /// <summary>Passes the restart marker, or finds out where data goes on if another marker is there: libjpeg's rules of resynchronization.</summary>
    private void PassRestart()
    {
        if (_input.UnreadMarker == 0) _input.FindMarker();
        while (_input.UnreadMarker != 0)
        {
            int marker = _input.UnreadMarker;
            int ahead = (marker - FirstRestart - _restarts) & 7; // of the expected restart
            if (EndsScan(marker)) break;
            if (marker >= FirstFrameMarker && ahead is (1 or 2)) break; // the expected one was lost: its segment is empty
            if (marker < FirstFrameMarker || ahead is (6 or 7)) _input.FindMarker(); // no marker, or a late one
            else _input.UnreadMarker = 0; // the expected one, or one so far away that it must be damaged
        }
        _restarts = (_restarts + 1) & 7;
        foreach (JpegComponent component in _scan.Components) component.Prediction = 0;
        _progressive?.Restart();
        Bits.Restart(isExhausted: Bits.IsExhausted && _input.UnreadMarker != 0);
    }
}
