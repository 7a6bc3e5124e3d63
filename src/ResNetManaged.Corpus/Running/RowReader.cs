using System.Runtime.InteropServices;
using ResNetManaged.Corpus.Search;
using ResNetManaged.Corpus.Writing;

namespace ResNetManaged.Corpus.Running;

/// <summary>Reads the rows of an array or the lines of a text as bytes, in ascending order.</summary>
internal abstract class RowReader : IDisposable
{
    public static RowReader Open(string path) => Path.GetExtension(path) == VectorArrayWriter.ArrayExtension ? new OfArray(path) : new OfLines(path);

    /// <summary>The bytes of a row; each call asks for a later one than the last.</summary>
    public abstract ReadOnlySpan<byte> Read(long row);

    public abstract void Dispose();

    private sealed class OfArray(string path) : RowReader
    {
        private readonly VectorFile _file = new(path);

        public override ReadOnlySpan<byte> Read(long row) => MemoryMarshal.AsBytes(_file.Row(row));

        public override void Dispose() => _file.Dispose();
    }

    private sealed class OfLines(string path) : RowReader
    {
        private readonly IEnumerator<string> _lines = File.ReadLines(path).GetEnumerator();
        private long _next;

        public override ReadOnlySpan<byte> Read(long row)
        {
            for (; _next <= row; _next++)
            {
                if (!_lines.MoveNext()) return [];
            }
            return MemoryMarshal.AsBytes(_lines.Current.AsSpan());
        }

        public override void Dispose() => _lines.Dispose();
    }
}
