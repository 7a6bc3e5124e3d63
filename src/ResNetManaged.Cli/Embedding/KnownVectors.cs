using ResNetManaged.Corpus.Search;
using ResNetManaged.Corpus.Writing;
using ResNetManaged.Search;
using ResNetManaged.Serialization;

namespace ResNetManaged.Cli.Embedding;

/// <summary>Vectors that earlier runs with the same network computed. They stay in their files.</summary>
internal sealed class KnownVectors : IDisposable
{
    private readonly Dictionary<EmbeddedFile, (VectorFile Vectors, long Row)> _rows = [];
    private readonly List<VectorFile> _files = [];

    /// <summary>The files of the finished run's rows, in order; null if there is none.</summary>
    public IReadOnlyList<EmbeddedFile>? Finished { get; private set; }

    /// <summary>Finds the vectors of a finished run and of those that were not finished.</summary>
    public static KnownVectors Find(string target, string network, int dimensions)
    {
        KnownVectors known = new();
        try
        {
            if (File.Exists(target))
            {
                // A run that was killed after its rows got their name has no manifest yet, but its log.
                if (EmbeddingManifest.Find(target) is { } manifest)
                {
                    if (manifest.Network == network && known.Add(target, dimensions, manifest.Entries)) known.Finished = manifest.Entries;
                }
                else if (!File.Exists(PartialVectors.RowsOf(target)) && PartialLog.Find(PartialVectors.LogOf(target), target, network, dimensions) is { } log)
                {
                    known.Add(target, dimensions, FilesOf(log));
                }
            }
            string earlier = EarlierOf(target);
            if (PartialLog.Find(earlier + ".jsonl", earlier, network, dimensions) is { } unfinished) known.Add(earlier, dimensions, FilesOf(unfinished));
            return known;
        }
        catch
        {
            known.Dispose();
            throw;
        }
    }

    /// <summary>The vector of a file as it is now; empty if it is not known.</summary>
    public ReadOnlySpan<float> Of(EmbeddedFile file) => _rows.TryGetValue(file, out (VectorFile Vectors, long Row) known) ? known.Vectors.Row(known.Row) : [];

    /// <summary>Whether the vector of a file is known.</summary>
    public bool Has(EmbeddedFile file) => file.Existed && _rows.ContainsKey(file);

    /// <summary>Keeps the rows of an unfinished run of other files, so that a new one can take them.</summary>
    public static void SetAside(string target, string network, int dimensions)
    {
        string rows = PartialVectors.RowsOf(target), log = PartialVectors.LogOf(target), earlier = EarlierOf(target);
        if (PartialLog.Find(log, rows, network, dimensions) is { } found)
        {
            using (FileStream file = new(rows, FileMode.Open, FileAccess.ReadWrite, FileShare.None))
            {
                file.SetLength(NpyRowWriter.LengthOf(found.Rows, dimensions));
                new NpyRowWriter(file, dimensions, found.Rows).Finish();
            }
            if (!File.Exists(earlier) || PartialLog.Find(earlier + ".jsonl", earlier, network, dimensions) is not { } old || old.Rows < found.Rows)
            {
                File.Move(rows, earlier, overwrite: true);
                File.Move(log, earlier + ".jsonl", overwrite: true);
            }
        }
        File.Delete(rows);
        File.Delete(log);
    }

    /// <summary>Removes the rows that were set aside.</summary>
    public static void RemoveEarlier(string target)
    {
        File.Delete(EarlierOf(target));
        File.Delete(EarlierOf(target) + ".jsonl");
    }

    public void Dispose()
    {
        foreach (VectorFile file in _files) file.Dispose();
    }

    private static string EarlierOf(string target) => target + ".earlier";

    private static List<EmbeddedFile> FilesOf(PartialLog log) => [.. log.Entries.Where(entry => entry.Reason is null).Select(entry => entry.File)];

    /// <summary>Adds the rows of an array unless it is from another run than the list of its files.</summary>
    private bool Add(string path, int dimensions, IReadOnlyList<EmbeddedFile> files)
    {
        VectorFile vectors;
        try
        {
            vectors = new VectorFile(path);
        }
        catch (NpyFormatException)
        {
            return false;
        }
        _files.Add(vectors);
        if (vectors.Rows != files.Count || vectors.Dimensions != dimensions) return false;
        for (int row = 0; row < files.Count; row++)
        {
            if (files[row].Existed) _rows[files[row]] = (vectors, row);
        }
        return true;
    }
}
