using System.Diagnostics;
using ResNetManaged.Corpus.Writing;
using ResNetManaged.Search;

namespace ResNetManaged.Cli.Embedding;

/// <summary>The vectors of a run that is not finished: rows appended to a <c>.npy</c> file, and a log with a line per file beside it.</summary>
/// <remarks>
/// Rows are flushed to disk before their lines, so after a kill or a power cut the log names only rows that exist; the rest is computed again. Every
/// row is written once: finishing fills in the header and renames the file.
/// </remarks>
internal sealed class PartialVectors : IDisposable
{
    private const int RowsBetweenFlushes = 2000;
    private static readonly TimeSpan TimeBetweenFlushes = TimeSpan.FromSeconds(5);

    private readonly string _target;
    private readonly FileStream _rows, _log;
    private readonly NpyRowWriter _writer;
    private readonly MemoryStream _unflushed = new();
    private readonly JsonLineWriter _lines;
    private long _lastFlush = Stopwatch.GetTimestamp();
    private int _added;

    private PartialVectors(string target, string network, int dimensions, long rows, long logLength)
    {
        _target = target;
        _lines = new JsonLineWriter(_unflushed);
        _log = new FileStream(LogOf(target), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1 << 16); // a lock: other runs end here
        try
        {
            _rows = new FileStream(RowsOf(target), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, bufferSize: 1 << 16);
        }
        catch
        {
            _log.Dispose();
            throw;
        }
        _log.SetLength(logLength);
        _log.Position = logLength;
        _rows.SetLength(logLength == 0 ? 0 : NpyRowWriter.LengthOf(rows, dimensions));
        _rows.Position = _rows.Length;
        _writer = new NpyRowWriter(_rows, dimensions, rows);
        if (logLength > 0) return;
        _lines.Write(json =>
        {
            json.WriteString("network", network);
            json.WriteNumber("dimensions", dimensions);
        });
    }

    /// <summary>The number of rows.</summary>
    public long Rows => _writer.Rows;

    public static string RowsOf(string target) => target + ".partial";

    public static string LogOf(string target) => target + ".partial.jsonl";

    /// <summary>Starts a run, or continues one whose files so far are the first of this one's.</summary>
    /// <param name="target">The file that the vectors are for.</param>
    /// <param name="network">The network's key.</param>
    /// <param name="dimensions">The elements of a vector.</param>
    /// <param name="log">The log of an earlier run that can be continued; null to start.</param>
    public static PartialVectors Open(string target, string network, int dimensions, PartialLog? log) =>
        log is null ? new PartialVectors(target, network, dimensions, 0, 0) : new PartialVectors(target, network, dimensions, log.Rows, log.Length);

    /// <summary>Appends the vector of a file.</summary>
    public void Add(EmbeddedFile file, ReadOnlySpan<float> vector)
    {
        _writer.Write(vector);
        Log(file, reason: null);
    }

    /// <summary>Writes down that a file has no vector.</summary>
    public void AddFailure(EmbeddedFile file, string reason) => Log(file, reason);

    /// <summary>Makes what was added survive a power cut.</summary>
    public void Flush()
    {
        _rows.Flush(flushToDisk: true);
        _unflushed.WriteTo(_log);
        _log.Flush(flushToDisk: true);
        _unflushed.SetLength(0);
        (_added, _lastFlush) = (0, Stopwatch.GetTimestamp());
    }

    /// <summary>Gives the rows their final name and writes the manifest.</summary>
    public void Finish(EmbeddingManifest manifest)
    {
        Flush();
        _writer.Finish();
        _rows.Flush(flushToDisk: true);
        _rows.Dispose();
        _log.Dispose();
        File.Delete(EmbeddingManifest.PathFor(_target)); // so that it never describes vectors of another run
        File.Move(RowsOf(_target), _target, overwrite: true);
        manifest.Write(_target);
        File.Delete(LogOf(_target));
    }

    public void Dispose()
    {
        _rows.Dispose();
        _log.Dispose();
        _lines.Dispose();
        _unflushed.Dispose();
    }

    private void Log(EmbeddedFile file, string? reason)
    {
        _lines.Write(json =>
        {
            json.WriteString("file", file.File);
            json.WriteNumber("bytes", file.Bytes);
            json.WriteString("modified", file.Modified);
            if (reason is not null) json.WriteString("reason", reason);
        });
        if (++_added >= RowsBetweenFlushes || Stopwatch.GetElapsedTime(_lastFlush) > TimeBetweenFlushes) Flush();
    }
}
