using ResNetManaged.Cli.Errors;
using ResNetManaged.Cli.Inputs;
using ResNetManaged.Imaging;
using ResNetManaged.Inference;
using ResNetManaged.Models;
using ResNetManaged.Search;

namespace ResNetManaged.Cli.Embedding;

/// <summary>Writes the vectors of files to a <c>.npy</c> file with a manifest. Those that an earlier run computed are taken over.</summary>
/// <remarks>Vectors are written as they come and never held in memory; the list of the files is.</remarks>
/// <param name="path">The file.</param>
/// <param name="weights">What the user calls the network.</param>
internal sealed class EmbeddingStore(string path, string weights)
{
    private readonly List<EmbeddedFile> _rows = [];

    /// <summary>The number of vectors taken from an earlier run.</summary>
    public int Reused { get; private set; }

    /// <summary>The number of vectors computed now.</summary>
    public int Computed { get; private set; }

    /// <summary>The number of files without a vector.</summary>
    public int Failed { get; private set; }

    /// <summary>The files, one for each row.</summary>
    public IReadOnlyList<EmbeddedFile> Rows => _rows;

    /// <summary>Computes the vectors that are missing, or whose network or file has changed, and reports files that cannot be read or have no finite vector.</summary>
    /// <remarks>A run that was killed or canceled is continued.</remarks>
    /// <exception cref="CommandFailedException">No image has a vector.</exception>
    public void Fill(IReadOnlyList<string> files, ImageNetwork model, ImageFileOptions reading, Session session)
    {
        foreach (string file in (string[])[PartialVectors.RowsOf(path), PartialVectors.LogOf(path), EmbeddingManifest.PathFor(path)]) InputFile.RequireWritable(file);
        ImageEmbedder embedder = new(model, options: session.Execution);
        string network = IndexFile.NetworkKey(model, reading, session);
        // Sizes and times are taken once, before the files are read, so the next run notices a file that changes meanwhile.
        EmbeddedFile[] stamped = [.. files.Select(EmbeddedFile.Of)];
        PartialLog? log = PartialLog.Find(PartialVectors.LogOf(path), PartialVectors.RowsOf(path), network, embedder.Dimensions);
        if (log?.IsStartOf(stamped) == false) log = null;
        if (log is null && File.Exists(PartialVectors.RowsOf(path))) KnownVectors.SetAside(path, network, embedder.Dimensions);
        using (KnownVectors known = KnownVectors.Find(path, network, embedder.Dimensions))
        {
            if (log is null && known.Finished is { } finished && finished.SequenceEqual(stamped))
            {
                _rows.AddRange(finished);
                Reused = _rows.Count;
                return;
            }
            using PartialVectors partial = PartialVectors.Open(path, network, embedder.Dimensions, log);
            if (log is not null) Continue(log, session);
            try
            {
                session.WithProgress("embed", stamped.Length, printsMeanwhile: false, progress => Fill(stamped[(log?.Entries.Count ?? 0)..], embedder, known, partial, reading, session, progress));
            }
            catch (OperationCanceledException)
            {
                partial.Flush();
                throw;
            }
            known.Dispose(); // Windows replaces no file that is mapped
            if (partial.Rows > 0) partial.Finish(new EmbeddingManifest(network, _rows) { Weights = weights });
        }
        if (_rows.Count > 0)
        {
            KnownVectors.RemoveEarlier(path);
            return;
        }
        File.Delete(PartialVectors.RowsOf(path));
        File.Delete(PartialVectors.LogOf(path));
        throw new CommandFailedException("no image has a vector");
    }

    /// <summary>Takes over what the unfinished run has done.</summary>
    private void Continue(PartialLog log, Session session)
    {
        foreach ((EmbeddedFile file, string? reason) in log.Entries)
        {
            if (reason is null)
            {
                _rows.Add(file);
                Reused++;
            }
            else
            {
                session.ReportImage(file.File, reason);
                Failed++;
            }
        }
    }

    private int Fill(EmbeddedFile[] files, ImageEmbedder embedder, KnownVectors known, PartialVectors partial, ImageFileOptions reading, Session session, IProgress<int>? progress)
    {
        IEnumerable<ImageSource> missing = files.Where(file => !known.Has(file)).Select(file => ImageSource.File(file.File, reading));
        using IEnumerator<ImageResult<float[]>> computed =
            embedder.EmbedImages(missing, cancellationToken: session.Cancellation).ToBlockingEnumerable(session.Cancellation).GetEnumerator();
        int done = _rows.Count + Failed;
        foreach (EmbeddedFile file in files)
        {
            session.Cancellation.ThrowIfCancellationRequested();
            if (known.Has(file))
            {
                partial.Add(file, known.Of(file));
                _rows.Add(file);
                Reused++;
            }
            else if (computed.MoveNext() && FaultOf(computed.Current) is { } fault)
            {
                session.ReportImage(file.File, fault);
                partial.AddFailure(file, ErrorText.ReasonOf(fault));
                Failed++;
            }
            else
            {
                partial.Add(file, computed.Current.Value!);
                _rows.Add(file);
                Computed++;
            }
            progress?.Report(++done);
        }
        return done;
    }

    private Exception? FaultOf(ImageResult<float[]> result) => result.Error ?? OutputCheck.FaultOf(result.Value!, "vector", weights);
}
