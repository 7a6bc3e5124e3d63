using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.IO;

namespace ResNetManaged.Serialization;

/// <summary>The header of a <c>.npy</c> file: element type, byte order, memory order and shape.</summary>
/// <remarks>
/// Format: numpy.org/doc/stable/reference/generated/numpy.lib.format.html. A magic number, the version, and the length of the rest (2 bytes in version 1,
/// 4 in versions 2 and 3); then a Python dict literal (Latin-1, UTF-8 in version 3), padded with spaces so that the data starts at a multiple of 64.
/// </remarks>
internal readonly record struct NpyHeader(NpyType Type, bool BigEndian, bool FortranOrder, Shape Shape)
{
    private const int Alignment = 64;
    private const int MaxLength = 1 << 16; // NumPy's own reader stops at 10,000

    private static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    public ElementType ElementType => Type switch
    {
        NpyType.Float64 => ElementType.Float64,
        NpyType.UInt8 => ElementType.UInt8,
        NpyType.Int64 => ElementType.Int64,
        _ => ElementType.Float32,
    };

    /// <summary>The bytes of data that the shape needs.</summary>
    public long DataLength => (long)Shape.ElementCount * ElementType.Size();

    /// <summary>NumPy's spelling of the type: <c>&lt;f4</c>.</summary>
    public string Descriptor => Type switch
    {
        NpyType.Float64 => Order + "f8",
        NpyType.UInt8 => "|u1",
        NpyType.Int64 => Order + "i8",
        _ => Order + "f4",
    };

    private string Order => BigEndian ? ">" : "<";

    /// <summary>Reads the header of an array that a tensor can hold.</summary>
    public static NpyHeader Read(Stream stream, string file) => ReadText(stream, file).Parse();

    /// <summary>Reads the header of a matrix of any size: little-endian float32 rows, one after the other.</summary>
    /// <exception cref="NpyFormatException">The array is of another kind.</exception>
    public static (long Rows, int Columns) ReadMatrix(Stream stream, string file)
    {
        (NpyType type, bool bigEndian, bool fortranOrder, long[] sizes) = ReadText(stream, file).ParseSizes();
        bool isMatrix = sizes is [>= 0, > 0 and <= int.MaxValue / sizeof(float)] && sizes[0] <= long.MaxValue / sizeof(float) / sizes[1];
        if (type == NpyType.Float32 && !bigEndian && !fortranOrder && isMatrix) return (sizes[0], (int)sizes[1]);
        throw new NpyFormatException(file, $"has shape {UntrustedShape.Format(sizes)} of {(bigEndian ? "big-endian " : "")}{type}{(fortranOrder ? " in Fortran order" : "")}",
            "expected [N, D] of little-endian Float32 in C order");
    }

    private static NpyHeaderParser ReadText(Stream stream, string file)
    {
        Span<byte> preamble = stackalloc byte[8];
        int got = stream.ReadAtLeast(preamble, preamble.Length, throwOnEndOfStream: false);
        if (got < preamble.Length || !preamble.StartsWith(Magic))
            throw new NpyFormatException(file, $"starts with {Convert.ToHexString(preamble[..got])}",
                "expected a .npy file (93 'NUMPY' and a version)");
        int version = preamble[6];
        if (version is < 1 or > 3) throw new NpyFormatException(file, $"has format version {version}.{preamble[7]}", "expected 1, 2 or 3");

        Span<byte> lengthBytes = stackalloc byte[version == 1 ? 2 : 4];
        ReadExactly(stream, lengthBytes, file);
        uint length = version == 1 ? BinaryPrimitives.ReadUInt16LittleEndian(lengthBytes) : BinaryPrimitives.ReadUInt32LittleEndian(lengthBytes);
        if (length > MaxLength) throw new NpyFormatException(file, $"claims a header of {length} bytes", $"expected at most {MaxLength}");
        byte[] header = new byte[length];
        ReadExactly(stream, header, file);
        return new NpyHeaderParser((version == 3 ? Encoding.UTF8 : Encoding.Latin1).GetString(header), file);
    }

    /// <summary>Writes a version 1 header, which can hold the shape of any tensor.</summary>
    public void Write(Stream stream)
    {
        string sizes = string.Join(", ", Shape.Dimensions.ToArray().Select(size => size.ToString(CultureInfo.InvariantCulture)));
        if (Shape.Rank == 1) sizes += ",";
        string literal = $"{{'descr': '{Descriptor}', 'fortran_order': {(FortranOrder ? "True" : "False")}, 'shape': ({sizes}), }}";
        int preamble = Magic.Length + 2 + 2;
        int total = Sizes.RoundUp(preamble + literal.Length + 1, Alignment);
        byte[] bytes = new byte[total];
        bytes.AsSpan().Fill((byte)' ');
        Magic.CopyTo(bytes);
        bytes[6] = 1;
        bytes[7] = 0;
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(8), checked((ushort)(total - preamble)));
        Encoding.ASCII.GetBytes(literal, bytes.AsSpan(preamble));
        bytes[^1] = (byte)'\n';
        stream.Write(bytes);
    }

    private static void ReadExactly(Stream stream, Span<byte> destination, string file)
    {
        int got = stream.ReadAtLeast(destination, destination.Length, throwOnEndOfStream: false);
        if (got < destination.Length)
            throw new NpyFormatException(file, "ends inside its header", $"expected {destination.Length - got} more bytes");
    }
}
