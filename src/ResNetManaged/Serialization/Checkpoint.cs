using System.Buffers.Binary;
using System.IO.Compression;
using ResNetManaged.Layers.State;
using ResNetManaged.Serialization.Dialects;
using ResNetManaged.Serialization.Torch;

namespace ResNetManaged.Serialization;

/// <summary>Reads published checkpoints: both kinds of PyTorch's <c>.pth</c> files, and safetensors; either may be gzipped.</summary>
/// <remarks>
/// The format is detected from the content, never from the file's extension. Nothing in a file is ever executed, and everything it claims is checked
/// before it is used. See docs/checkpoint-format.md.
/// </remarks>
public static class Checkpoint
{
    // Weights hardly compress, and integers or zeros among them at most tenfold; deflate data can expand a thousandfold.
    private const int MaxInflation = 16;
    private const long InflationAllowance = 16 << 20; // for small files

    /// <summary>Loads the tensors of a checkpoint file: names and shapes at once, the elements of large tensors on first use.</summary>
    /// <remarks>
    /// Everything the file claims is checked at once. The file stays open until all elements are read; meanwhile it may be deleted or replaced. If it is
    /// truncated or written to in place, using a tensor that has not been read yet throws <see cref="CheckpointException"/>. A gzipped file is read at
    /// once.
    /// </remarks>
    /// <param name="path">The file.</param>
    /// <returns>
    /// The tensors in the file's order, converted to float32. A state_dict nested in another dict is found, values other than tensors are skipped, and
    /// a wrapper's prefix shared by all names, such as <c>module.</c>, is removed.
    /// </returns>
    /// <exception cref="CheckpointException">The file is damaged or not a supported checkpoint.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public static StateDict Load(string path) => DialectReader.WithoutSharedPrefixes(LoadUnchanged(path));

    /// <summary>Loads the tensors of a checkpoint from a stream: see <see cref="Load(string)"/>.</summary>
    /// <param name="stream">The stream, read from its position to its end. If it cannot seek, all of it is buffered in memory during the load.</param>
    /// <param name="name">The stream's name in messages.</param>
    /// <returns>The tensors, all in memory.</returns>
    /// <exception cref="CheckpointException">The data is damaged or not a supported checkpoint.</exception>
    public static StateDict Load(Stream stream, string name = "stream")
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(name);
        return DialectReader.WithoutSharedPrefixes(LoadUnchanged(stream, name));
    }

    /// <summary>Loads the tensors of a file under their own names.</summary>
    /// <param name="path">The file.</param>
    /// <param name="average">Whether a moving average is preferred to the weights.</param>
    internal static StateDict LoadUnchanged(string path, bool average = false) =>
        FileSource.Load(path, source => Load(source, average), IsWorthReading);

    /// <summary>Loads the tensors of a stream under their own names.</summary>
    internal static StateDict LoadUnchanged(Stream stream, string name, bool average = false)
    {
        if (!stream.CanSeek) return Load(BufferedSource.ReadAll(stream, name, IsWorthReading), average);
        return Load(stream is FileStream file ? new FileSource(file, name) : new SeekableSource(stream, name), average);
    }

    private static StateDict Load(ByteSource source, bool average)
    {
        bool isPacked = IsGzip(Start(source));
        if (isPacked) source = Unpack(source);
        Func<ByteSource, bool, StateDict> read = Identify(Start(source))
            ?? throw ForeignContent.Describe(source, isPacked ? "is gzipped, and inside " : "");
        return read(source, average);
    }

    private static Func<ByteSource, bool, StateDict>? Identify(ReadOnlySpan<byte> start)
    {
        if (start.StartsWith("PK\x03\x04"u8)) return TorchZip.Read;
        if (TorchLegacy.Matches(start)) return TorchLegacy.Read;
        if (SafetensorsReader.Matches(start)) return (source, _) => SafetensorsReader.Read(source);
        return ArrayPickle.Matches(start) ? ArrayPickle.Read : null;
    }

    private static BufferedSource Unpack(ByteSource source)
    {
        try
        {
            using GZipStream unpacked = new(new SourceStream(source), CompressionMode.Decompress);
            BufferedSource content = BufferedSource.ReadAll(unpacked, source.Name, start => Identify(start) is not null,
                Math.Min(BufferedSource.MaxLength, MaxInflation * source.Length + InflationAllowance));
            if (Identify(Start(content)) is not null) CheckGzipEnd(source, content.Length);
            return content;
        }
        catch (InvalidDataException exception)
        {
            throw new CheckpointException(source.Name, null, "is damaged gzip data",
                "expected a complete file; the download was probably cut short", exception);
        }
    }

    /// <summary>Checks the content's length modulo 2^32 at the end of gzip data (RFC 1952); the decoder does not notice a missing end.</summary>
    private static void CheckGzipEnd(ByteSource source, long length)
    {
        Span<byte> end = stackalloc byte[sizeof(uint)];
        source.Read(source.Length - end.Length, end, entry: null);
        uint claimed = BinaryPrimitives.ReadUInt32LittleEndian(end);
        if (claimed != (uint)length)
        {
            throw new CheckpointException(source.Name, null, $"is gzip data of {length} bytes whose trailer says {claimed}",
                "expected a single complete file; the download was probably cut short");
        }
    }

    private static bool IsWorthReading(ReadOnlySpan<byte> start) => IsGzip(start) || Identify(start) is not null;

    private static bool IsGzip(ReadOnlySpan<byte> start) => start.StartsWith<byte>([0x1F, 0x8B]);

    private static byte[] Start(ByteSource source)
    {
        byte[] start = new byte[(int)Math.Min(source.Length, TorchLegacy.SignatureLength)];
        source.Read(0, start, entry: null);
        return start;
    }
}
