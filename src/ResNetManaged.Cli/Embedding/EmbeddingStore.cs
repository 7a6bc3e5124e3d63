using ResNetManaged.Cli.Errors;
using ResNetManaged.Cli.Inputs;
using ResNetManaged.Imaging;
using ResNetManaged.Inference;
using ResNetManaged.Models;
using ResNetManaged.Search;
using ResNetManaged.Serialization;
using ResNetManaged.Tensors;

namespace ResNetManaged.Cli.Embedding;

/// <summary>The vectors of files: computed, or taken from a <c>.npy</c> file with a manifest that an earlier run wrote.</summary>
/// <param name="path">The file that keeps the vectors between runs; null to keep them in memory only.</param>
/// <param name="weights">What the user calls the network.</param>
internal sealed class EmbeddingStore(string? path, string weights)
{
    private const int FilesBetweenSaves = 2000;

    private readonly Dictionary<EmbeddedFile, float[]> _known = [];
    private readonly List<(EmbeddedFile File, float[] Vector)> _rows = [];
    private string _network = "";

    /// <summary>The number of vectors taken from an earlier run.</summary>
    public int Reused { get; private set; }

    /// <summary>The number of vectors computed now.</summary>
    public int Computed { get; private set; }

    /// <summary>The number of files without a vector.</summary>
    public int Failed { get; private set; }

    /// <summary>The paths, in order.</summary>
    public IReadOnlyList<string> Files => [.. _rows.Select(row => row.File.File)];

    /// <summary>The vectors, one row for each of <see cref="Files"/>, at least one.</summary>
    public Tensor Vectors => Tensor.FromArray([.. _rows.SelectMany(row => row.Vector)], [_rows.Count, _rows[0].Vector.Length]);

    /// <summary>Computes the vectors that are missing, or whose network or file has changed, and reports files that cannot be read or have no finite vector.</summary>
    /// <remarks>Saves its progress every few thousand files and when canceled.</remarks>
    /// <exception cref="CommandFailedException">No image has a vector.</exception>
    public void Fill(IReadOnlyList<string> files, ImageNetwork model, ImageFileOptions reading, Session session)
    {
        ImageEmbedder embedder = new(model, options: session.Execution);
        _network = IndexFile.NetworkKey(model, reading, session);
        Recall();
        try
        {
            session.WithProgress("embed", files.Count, printsMeanwhile: false, progress => Fill(files, embedder, reading, session, progress));
        }
        catch (OperationCanceledException)
        {
            Save(finished: false);
            throw;
        }
        if (_rows.Count == 0) throw new CommandFailedException("no image has a vector");
        Save(finished: true);
    }

    private int Fill(IReadOnlyList<string> files, ImageEmbedder embedder, ImageFileOptions reading, Session session, IProgress<int>? progress)
    {
        // Sizes and times are taken once, before the files are read, so the next run notices a file that changes meanwhile.
        EmbeddedFile[] stamped = [.. files.Select(EmbeddedFile.Of)];
        IEnumerable<ImageSource> missing = stamped.Where(file => Known(file) is null).Select(file => ImageSource.File(file.File, reading));
        using IEnumerator<ImageResult<float[]>> computed =
            embedder.EmbedImages(missing, cancellationToken: session.Cancellation).ToBlockingEnumerable(session.Cancellation).GetEnumerator();
        int done = 0;
        foreach (EmbeddedFile file in stamped)
        {
            session.Cancellation.ThrowIfCancellationRequested();
            if (Known(file) is { } known)
            {
                _rows.Add((file, known));
                Reused++;
            }
            else if (computed.MoveNext() && FaultOf(computed.Current) is { } fault)
            {
                session.ReportImage(file.File, fault);
                Failed++;
            }
            else
            {
                _rows.Add((file, computed.Current.Value!));
                if (++Computed % FilesBetweenSaves == 0) Save(finished: false);
            }
            progress?.Report(++done);
        }
        return done;
    }

    private Exception? FaultOf(ImageResult<float[]> result) => result.Error ?? OutputCheck.FaultOf(result.Value!, "vector", weights);

    private float[]? Known(EmbeddedFile file) => file.Existed ? _known.GetValueOrDefault(file) : null;

    /// <summary>Reads the file's vectors if they are from the same network.</summary>
    private void Recall()
    {
        if (path is null || !File.Exists(path) || EmbeddingManifest.Find(path) is not { } manifest || manifest.Network != _network) return;
        Tensor vectors = Npy.Read(path);
        if (vectors.Rank != 2 || vectors.Shape[0] != manifest.Entries.Count) return; // from two different runs; both files are replaced
        int length = vectors.Shape[1];
        for (int row = 0; row < manifest.Entries.Count; row++)
        {
            float[] vector = vectors.ReadOnlySpan.Slice(row * length, length).ToArray();
            if (Array.TrueForAll(vector, float.IsFinite)) _known[manifest.Entries[row]] = vector;
        }
    }

    /// <summary>Writes the rows and, if the work is not finished, the earlier run's rows that it has not reached.</summary>
    private void Save(bool finished)
    {
        if (path is null) return;
        HashSet<EmbeddedFile> written = [.. _rows.Select(row => row.File)];
        List<(EmbeddedFile File, float[] Vector)> all = [.. _rows];
        if (!finished) all.AddRange(_known.Where(known => !written.Contains(known.Key)).Select(known => (known.Key, known.Value)));
        if (all.Count == 0) return;
        File.Delete(EmbeddingManifest.PathFor(path)); // so that it never describes vectors of another run
        Npy.Write(path, Tensor.FromArray([.. all.SelectMany(row => row.Vector)], [all.Count, all[0].Vector.Length]));
        new EmbeddingManifest(_network, [.. all.Select(row => row.File)]) { Weights = weights }.Write(path);
    }
}
