using ResNetManaged.Imaging.Jpeg.Entropy;

namespace ResNetManaged.Imaging.Jpeg;

/// <summary>Reads a JPEG file's segments up to each scan: tables, the frame, color hints. Fails where PIL or libjpeg-turbo do.</summary>
/// <remarks>ITU-T T.81, annex B. PIL looks at all segments before the first scan itself, and rejects some that libjpeg would accept.</remarks>
internal sealed class JpegReader(JpegInput input, long pixelCap)
{
    private const int StartOfImage = 0xD8, EndOfImage = 0xD9, StartOfScan = 0xDA, Tables = 4, MaxScans = 500;

    private readonly short[]?[] _steps = new short[Tables][];
    private readonly HuffmanCode?[] _dc = new HuffmanCode[Tables], _ac = new HuffmanCode[Tables];
    private JpegFrame? _frame;
    private bool _hasStarted, _isJfif;
    private int _adobeTransform = -1, _restartInterval, _scans;

    /// <summary>The frame; there is one once a scan was reached.</summary>
    public JpegFrame Frame => _frame!;

    /// <summary>Whether the image may have several scans: PIL decodes it after its end.</summary>
    public bool HasSeveralScans { get; private set; }

    /// <summary>The scans so far.</summary>
    public int Scans => _scans;

    /// <summary>Reads on to the next scan.</summary>
    /// <returns>The scan; null at the end of the image.</returns>
    /// <exception cref="InvalidImageException">The file is damaged or not supported.</exception>
    public JpegScan? NextScan()
    {
        while (true)
        {
            if (input.UnreadMarker == 0) FindMarker();
            int marker = input.UnreadMarker;
            switch (marker)
            {
                case StartOfImage:
                    if (_hasStarted) throw Damaged("two starts");
                    (_hasStarted, _isJfif, _adobeTransform, _restartInterval) = (true, false, -1, 0);
                    break;
                case 0xC0 or 0xC1 or 0xC2:
                    if (_frame is not null) throw Damaged("two frame headers");
                    _frame = new JpegFrame(input, isProgressive: marker == 0xC2, pixelCap);
                    break;
                case 0xC9 or 0xCA: throw new InvalidImageException("JPEG with arithmetic coding is not supported");
                case 0xC3 or (>= 0xC5 and <= 0xC7) or 0xCB or (>= 0xCD and <= 0xCF):
                    throw new InvalidImageException("lossless and hierarchical JPEG is not supported");
                case 0xC4: ReadHuffmanCodes(); break;
                case 0xDB: ReadSteps(); break;
                case 0xDD:
                    if (input.UInt16() != 4) throw Damaged("a damaged restart interval");
                    _restartInterval = input.UInt16();
                    break;
                case StartOfScan:
                    JpegScan scan = ReadScan();
                    input.UnreadMarker = 0;
                    return scan;
                case EndOfImage:
                    input.UnreadMarker = 0;
                    if (_scans > 0) return null;
                    if (_frame is not null) throw InvalidImageException.Truncated();
                    _hasStarted = false; // tables only; an image follows
                    continue;
                case (>= 0xE0 and <= 0xEF) or 0xFE: ReadApplication(marker); break;
                case 0xCC: ReadConditioning(); break;
                case 0xDC: input.Skip(input.UInt16() - 2); break;
                case >= 0xD0 and <= 0xD7: break; // restart markers have no data
                case 0x01 when _scans > 0: break;
                default: throw Damaged($"an unknown marker {marker:X2}");
            }
            input.UnreadMarker = 0;
        }
    }

    /// <summary>Reads what follows the last scan of an image with one scan, as far as PIL looks at it.</summary>
    public void Finish()
    {
        input.EndAtChunk();
        try
        {
            if (NextScan() is not null) throw Damaged("a second scan of all components");
        }
        catch (InvalidImageException e) when (e.IsTruncated)
        {
            // All pixels are there.
        }
    }

    private void FindMarker()
    {
        if (_hasStarted)
        {
            input.FindMarker();
            return;
        }
        if (input.Byte() != 0xFF || input.Byte() != StartOfImage) throw Damaged("no start");
        input.UnreadMarker = StartOfImage;
    }

    private void ReadHuffmanCodes()
    {
        int length = input.UInt16() - 2;
        while (length > 16)
        {
            int index = input.Byte();
            byte[] counts = new byte[16], symbols = new byte[256];
            int count = 0;
            foreach (ref byte of in counts.AsSpan()) count += of = (byte)input.Byte();
            length -= 17;
            if (count > 256 || count > length || (index & ~0x10) >= Tables) throw Damaged("an invalid Huffman table");
            foreach (ref byte symbol in symbols.AsSpan(0, count)) symbol = (byte)input.Byte();
            length -= count;
            HuffmanCode code = new(counts, symbols);
            if ((index & 0x10) != 0) _ac[index & ~0x10] = code;
            else _dc[index] = code;
        }
        if (length != 0) throw Damaged("a damaged Huffman table");
    }

    /// <summary>Checks the conditioning of arithmetic coding, which no scan that is read uses, but which must be valid (annex B.2.4.3).</summary>
    private void ReadConditioning()
    {
        int length = input.UInt16() - 2;
        for (; length > 0; length -= 2)
        {
            int index = input.Byte(), value = input.Byte();
            if (index >= 32 || index < 16 && (value & 15) > value >> 4) throw Damaged("an invalid conditioning of arithmetic coding");
        }
        if (length != 0) throw Damaged("a damaged conditioning of arithmetic coding");
    }

    private void ReadSteps()
    {
        int length = input.UInt16() - 2;
        while (length > 0)
        {
            int precision = input.Byte(), index = precision & 15;
            bool isWide = precision >> 4 != 0;
            if (index >= Tables) throw Damaged("an invalid quantization table");
            short[] steps = new short[ZigZag.Size];
            for (int i = 0; i < steps.Length; i++) steps[ZigZag.Order[i]] = (short)(isWide ? input.UInt16() : input.Byte());
            _steps[index] = steps;
            length -= isWide ? 1 + 2 * ZigZag.Size : 1 + ZigZag.Size;
        }
        if (length != 0) throw Damaged("a damaged quantization table");
    }

    private void ReadApplication(int marker)
    {
        const int Jfif = 0xE0, Photoshop = 0xED, Adobe = 0xEE, Comment = 0xFE;
        int length = Math.Max(input.UInt16() - 2, 0);
        if (marker == Comment || marker is not (Jfif or Adobe or Photoshop) || marker == Photoshop && _scans > 0)
        {
            input.Skip(length);
            return;
        }
        byte[] data = new byte[marker == Photoshop ? length : Math.Min(length, 14)];
        foreach (ref byte value in data.AsSpan()) value = (byte)input.Byte();
        input.Skip(length - data.Length);
        if (marker == Jfif && data.AsSpan().StartsWith("JFIF"u8))
        {
            if (length < 7 && _scans == 0) throw Damaged("a short JFIF segment");
            if (length >= 14 && data[4] == 0) _isJfif = true;
        }
        else if (marker == Adobe && data.AsSpan().StartsWith("Adobe"u8))
        {
            if (length < 7 && _scans == 0) throw Damaged("a short Adobe segment");
            if (length >= 12) _adobeTransform = data[11];
        }
        else if (marker == Photoshop) CheckPhotoshop(data);
    }

    /// <summary>PIL fails if one of Photoshop's resources ends where its name should start.</summary>
    private static void CheckPhotoshop(ReadOnlySpan<byte> data)
    {
        if (!data.StartsWith("Photoshop 3.0\0"u8)) return;
        int at = 14;
        while (at < data.Length && data[at..].StartsWith("8BIM"u8))
        {
            at += 6;
            if (at > data.Length) return;
            if (at == data.Length) throw Damaged("a short Photoshop segment");
            at += 1 + data[at];
            at += at & 1;
            if (at > data.Length - 4) return;
            long size = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(data[at..]);
            if (size > data.Length) return;
            at += 4 + (int)size;
            at += at & 1;
        }
    }

    private JpegScan ReadScan()
    {
        if (_frame is not JpegFrame frame) throw Damaged("a scan before its frame header");
        int length = input.UInt16(), count = input.Byte();
        if (length != 2 * count + 6 || count is < 1 or > 4) throw Damaged("a damaged scan header");
        JpegComponent?[] components = new JpegComponent[4];
        int[] tables = new int[count];
        for (int i = 0; i < count; i++)
        {
            int id = input.Byte();
            tables[i] = input.Byte();
            // libjpeg searches the components whose own place in the scan is still free, which allows equal numbers.
            JpegComponent? component = frame.Components.Where((component, at) => component.Id == id && components[at] is null).FirstOrDefault();
            if (component is null || components.Contains(component)) throw Damaged("a scan of unknown components");
            components[i] = component;
        }
        int first = input.Byte(), last = input.Byte(), bits = input.Byte();
        if (++_scans > MaxScans) throw new InvalidImageException($"a JPEG with more than {MaxScans} scans is not supported");
        if (_scans == 1)
        {
            frame.Complete(_isJfif, _adobeTransform);
            HasSeveralScans = frame.IsProgressive || count < frame.Components.Length;
            if (!frame.IsProgressive) AddStandardCodes();
        }
        else if (!HasSeveralScans) throw Damaged("a second scan of all components");
        JpegComponent[] scanned = components[..count]!;
        if (count > 1 && scanned.Sum(component => component.Horizontal * component.Vertical) > 10) throw Damaged("too large MCUs");
        foreach (JpegComponent component in scanned)
        {
            component.Prediction = 0;
            if (component.Steps is not null) continue;
            if (component.QuantizationTable >= Tables || _steps[component.QuantizationTable] is not short[] steps) throw Damaged("no quantization table");
            component.Steps = steps;
        }
        bool hasDc = !frame.IsProgressive || first == 0 && bits >> 4 == 0, hasAc = !frame.IsProgressive || first > 0;
        if (frame.IsProgressive) ProgressiveBlocks.Check(scanned, first, last, bits >> 4, bits & 15, _scans);
        return new JpegScan(scanned,
            Array.ConvertAll(tables, table => hasDc ? TableOf(_dc, table >> 4, isDc: true) : null),
            Array.ConvertAll(tables, table => hasAc ? TableOf(_ac, table & 15, isDc: false) : null),
            first, last, bits >> 4, bits & 15, _restartInterval);
    }

    private static HuffmanTable TableOf(HuffmanCode?[] codes, int index, bool isDc) =>
        index < Tables && codes[index] is HuffmanCode code ? code.Table(isDc) : throw Damaged("no Huffman table");

    /// <summary>Motion JPEG leaves out the tables of T.81, annex K.3.3.</summary>
    private void AddStandardCodes()
    {
        for (int i = 0; i < 2; i++)
        {
            _dc[i] ??= HuffmanCode.Standard(isDc: true, isChroma: i == 1);
            _ac[i] ??= HuffmanCode.Standard(isDc: false, isChroma: i == 1);
        }
    }

    private static InvalidImageException Damaged(string what) => new($"the JPEG file is damaged: it has {what}");
}
