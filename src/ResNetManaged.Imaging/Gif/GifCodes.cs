namespace ResNetManaged.Imaging.Gif;

/// <summary>Reads codes of varying width, lowest bit first, across block boundaries.</summary>
internal struct GifCodes
{
    private int _buffer, _available, _leftInBlock;

    public int Read(ref ByteReader reader, int bits)
    {
        for (; _available < bits; _available += 8) _buffer |= NextByte(ref reader) << _available;
        int code = _buffer & ((1 << bits) - 1);
        _buffer >>= bits;
        _available -= bits;
        return code;
    }

    private int NextByte(ref ByteReader reader)
    {
        if (_leftInBlock == 0) _leftInBlock = reader.Byte();
        // The terminator comes before the image is full, or the file ends inside the block.
        if (_leftInBlock == 0 || _leftInBlock > reader.Remaining) throw InvalidImageException.Truncated();
        _leftInBlock--;
        return reader.Byte();
    }
}
