namespace ResNetManaged.Imaging.Jpeg.Entropy;

/// <summary>Decides whether PIL accepts a file that ends behind its last MCU, but without a marker.</summary>
/// <remarks>
/// libjpeg fills its bit buffer as far as it can, and waits for more data if the file ends meanwhile, needed or not. PIL then gives up, because there is no
/// more. When the buffer is filled depends on how full it was, and so on all fillings before; this class repeats them for the segment.
/// </remarks>
internal sealed unsafe class ReadAhead(JpegInput input, JpegScan scan)
{
    // libjpeg-turbo's lookup takes 8 bits. Far from the end of a chunk it adds 6 bytes below 17 bits; else it fills up to 57 bits or more.
    private const int LookupBits = 8, FastThreshold = 16, FastBytes = 6, FullBits = 57, FastBytesPerBlock = 512, MaxCode = 16;

    private ulong _buffer;
    private int _count;
    private long _limit; // the end of the chunk

    /// <summary>Whether all MCUs can be read.</summary>
    /// <param name="position">Where the last segment starts in the file.</param>
    /// <param name="mcus">The MCUs from there to the end of the scan.</param>
    public bool Reaches(long position, long mcus)
    {
        int blocks = scan.IsSingle ? 1 : scan.Components.Sum(component => component.Horizontal * component.Vertical);
        input.Position = position;
        _limit = input.ChunkEnd;
        for (; mcus > 0; mcus--)
        {
            (ulong buffer, int count) = (_buffer, _count);
            long start = input.Position;
            while (true)
            {
                if (scan.RestartInterval == 0 && _limit - start >= FastBytesPerBlock * blocks && TryMcu(isFast: true)) break;
                (_buffer, _count) = (buffer, count);
                input.Position = start;
                if (TryMcu(isFast: false)) break;
                if (_limit >= input.Length) return false;
                (_buffer, _count) = (buffer, count);
                input.Position = start;
                _limit = Math.Min(_limit + JpegInput.ChunkLength, input.Length);
            }
        }
        return true;
    }

    private bool TryMcu(bool isFast)
    {
        for (int i = 0; i < scan.Components.Length; i++)
        {
            int blocks = scan.IsSingle ? 1 : scan.Components[i].Horizontal * scan.Components[i].Vertical;
            for (; blocks > 0; blocks--)
            {
                if (!TryBlock(scan.Dc[i]!, scan.Ac[i]!, isFast)) return false;
            }
        }
        return true;
    }

    private bool TryBlock(HuffmanTable dc, HuffmanTable ac, bool isFast)
    {
        int size = Symbol(dc, isFast);
        if (size < 0 || !Drop(size, isFast)) return false;
        for (int k = 1; k < ZigZag.Size; k++)
        {
            int symbol = Symbol(ac, isFast);
            if (symbol < 0) return false;
            size = symbol & 15;
            if (size == 0 && symbol != 0xF0) break;
            k += symbol >> 4;
            if (!Drop(size, isFast)) return false;
        }
        return true;
    }

    /// <summary>The next symbol; -1 if the data ended.</summary>
    private int Symbol(HuffmanTable table, bool isFast)
    {
        if (!Fill(LookupBits, isFast)) return -1;
        int length = 1;
        while (length <= LookupBits && !table.HasCode(Peek(length), length)) length++;
        if (length <= LookupBits) return Take(table, length, Peek(length));
        if (!isFast && !Fill(length, isFast)) return -1;
        int code = Peek(length);
        _count -= length;
        for (; length <= MaxCode && !table.HasCode(code, length); length++)
        {
            if (!isFast && !Fill(1, isFast)) return -1;
            code = code << 1 | Peek(1);
            _count--;
        }
        return length > MaxCode ? 0 : table.SymbolOf(code, length);
    }

    private int Take(HuffmanTable table, int length, int code)
    {
        _count -= length;
        return table.SymbolOf(code, length);
    }

    private bool Drop(int bits, bool isFast)
    {
        if (bits == 0) return true;
        if (!Fill(bits, isFast)) return false;
        _count -= bits;
        return true;
    }

    private int Peek(int bits) => (int)(_buffer >> (_count - bits)) & ((1 << bits) - 1);

    private bool Fill(int bits, bool isFast)
    {
        if (isFast)
        {
            if (_count > FastThreshold) return true;
            for (int i = 0; i < FastBytes; i++)
            {
                int value = input.Byte();
                if (value == 0xFF && input.Byte() != 0) return false; // more than one FF: the other way handles that
                Push(value);
            }
            return true;
        }
        if (_count >= bits) return true;
        while (_count < FullBits)
        {
            int value;
            bool isMarked = false;
            do
            {
                if (input.Position >= _limit) return false;
                value = input.Byte();
                isMarked |= value == 0xFF;
            }
            while (value == 0xFF);
            Push(isMarked ? 0xFF : value);
        }
        return true;
    }

    private void Push(int value)
    {
        _buffer = _buffer << 8 | (uint)value;
        _count += 8;
    }
}
