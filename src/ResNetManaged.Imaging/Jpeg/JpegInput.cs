using System.Runtime.InteropServices;

namespace ResNetManaged.Imaging.Jpeg;

/// <summary>The bytes of a JPEG file, in memory or from a stream, and the marker that was found but not yet handled.</summary>
/// <remarks>Reading past the end throws <see cref="InvalidImageException.Truncated"/>. Of a stream, one chunk is in memory.</remarks>
internal sealed unsafe class JpegInput : IDisposable
{
    /// <summary>PIL hands files to libjpeg in chunks of this length.</summary>
    public const int ChunkLength = 1 << 16;

    private readonly Stream? _stream;
    private readonly byte* _start;
    private readonly long _streamStart;
    private long _offset; // of _start in the file
    private bool _hasEnded; // there is nothing after End

    /// <summary>Reads memory, which must stay pinned.</summary>
    public JpegInput(byte* start, int length)
    {
        _start = Next = start;
        End = start + length;
        Length = length;
    }

    /// <summary>Reads a seekable stream from its position.</summary>
    public JpegInput(Stream stream)
    {
        _stream = stream;
        _start = Next = End = (byte*)NativeMemory.Alloc(ChunkLength);
        _streamStart = stream.Position;
        Length = stream.Length - _streamStart;
    }

    /// <summary>The bytes of the whole file.</summary>
    public long Length { get; }

    /// <summary>The next byte's offset in the file.</summary>
    public long Position
    {
        get => _offset + (Next - _start);
        set
        {
            if (value >= _offset && value <= _offset + (End - _start)) Next = _start + (value - _offset);
            else
            {
                _stream!.Position = _streamStart + value;
                _offset = value;
                Next = End = _start;
            }
        }
    }

    /// <summary>The offset of the end of PIL's chunk that holds the next byte.</summary>
    public long ChunkEnd => Math.Min((Position / ChunkLength + 1) * ChunkLength, Length);

    /// <summary>The next byte, if it is not <see cref="End"/>.</summary>
    public byte* Next { get; set; }

    /// <summary>One past the last byte in memory.</summary>
    public byte* End { get; private set; }

    /// <summary>The marker before the next byte, such as 0xD9; 0 if there is none.</summary>
    public int UnreadMarker { get; set; }

    /// <summary>Makes at least one byte available after all were read; false at the end of the file.</summary>
    public bool More()
    {
        if (Next < End) return true;
        int read = _hasEnded || _stream is null ? 0 : _stream.ReadAtLeast(new Span<byte>(_start, ChunkLength), ChunkLength, throwOnEndOfStream: false);
        _hasEnded = read == 0;
        if (_hasEnded) return false;
        _offset += End - _start;
        Next = _start;
        End = _start + read;
        return true;
    }

    /// <summary>Hides what follows the chunk that holds the next byte: PIL does not read on after the last row.</summary>
    public void EndAtChunk()
    {
        End = (byte*)Math.Min((nint)End, (nint)(_start + (ChunkEnd - _offset)));
        _hasEnded = true;
    }

    public int Byte()
    {
        if (Next == End && !More()) throw InvalidImageException.Truncated();
        return *Next++;
    }

    public int UInt16()
    {
        int high = Byte();
        return high << 8 | Byte();
    }

    public void Skip(long count)
    {
        while (count > 0)
        {
            if (Next == End && !More()) throw InvalidImageException.Truncated();
            long step = Math.Min(count, End - Next);
            Next += step;
            count -= step;
        }
    }

    /// <summary>Frees the chunk of a stream, which stays open.</summary>
    public void Dispose()
    {
        if (_stream is not null) NativeMemory.Free(_start);
    }

    /// <summary>Finds the next marker, skipping other bytes, and makes it the unread one.</summary>
    public void FindMarker()
    {
        int marker = 0;
        while (marker == 0) // FF 00 is data, not a marker
        {
            while (Byte() != 0xFF) { }
            do marker = Byte(); while (marker == 0xFF);
        }
        UnreadMarker = marker;
    }
}
