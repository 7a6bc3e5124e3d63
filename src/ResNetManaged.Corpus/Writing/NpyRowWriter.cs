using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace ResNetManaged.Corpus.Writing;

/// <summary>Writes the rows of a float32 array <c>[N, D]</c> to a <c>.npy</c> file one by one; N is written into the header at the end.</summary>
/// <remarks>The header is padded to 128 bytes, enough for any N and D. Format: numpy.org/doc/stable/reference/generated/numpy.lib.format.html.</remarks>
internal sealed class NpyRowWriter
{
    public const int HeaderLength = 128;

    private readonly Stream _stream;
    private readonly int _dimensions;

    /// <summary>Starts an array, or continues one.</summary>
    /// <param name="stream">A seekable stream of its own, at its start or after its last row.</param>
    /// <param name="dimensions">D.</param>
    /// <param name="rows">The number of rows that the stream already has.</param>
    public NpyRowWriter(Stream stream, int dimensions, long rows = 0)
    {
        (_stream, _dimensions, Rows) = (stream, dimensions, rows);
        if (rows == 0) _stream.Write(Header(0, dimensions));
    }

    /// <summary>The number of rows so far.</summary>
    public long Rows { get; private set; }

    /// <summary>Appends a row.</summary>
    public void Write(ReadOnlySpan<float> row)
    {
        if (row.Length != _dimensions) throw new ArgumentException($"NpyRowWriter: the row has {row.Length} elements; expected {_dimensions}.", nameof(row));
        if (BitConverter.IsLittleEndian)
        {
            _stream.Write(MemoryMarshal.AsBytes(row));
        }
        else
        {
            byte[] bytes = new byte[row.Length * sizeof(float)];
            for (int i = 0; i < row.Length; i++) BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i * sizeof(float)), row[i]);
            _stream.Write(bytes);
        }
        Rows++;
    }

    /// <summary>Writes the number of rows into the header.</summary>
    public void Finish()
    {
        _stream.Position = 0;
        _stream.Write(Header(Rows, _dimensions));
        _stream.Flush();
    }

    /// <summary>The bytes of an array.</summary>
    public static long LengthOf(long rows, int dimensions) => HeaderLength + rows * dimensions * sizeof(float);

    private static byte[] Header(long rows, int dimensions)
    {
        string literal = string.Create(CultureInfo.InvariantCulture, $"{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {dimensions}), }}");
        byte[] header = new byte[HeaderLength];
        header.AsSpan().Fill((byte)' ');
        ReadOnlySpan<byte> preamble = [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', 1, 0, HeaderLength - 10, 0];
        preamble.CopyTo(header);
        Encoding.ASCII.GetBytes(literal, header.AsSpan(preamble.Length));
        header[^1] = (byte)'\n';
        return header;
    }
}
