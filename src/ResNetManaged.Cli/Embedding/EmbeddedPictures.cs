using ResNetManaged.Cli.Errors;
using ResNetManaged.Imaging;
using ResNetManaged.Inference;
using ResNetManaged.Models;
using ResNetManaged.Search;
using ResNetManaged.Tensors;

namespace ResNetManaged.Cli.Embedding;

/// <summary>The vectors of files in memory, for a search among them.</summary>
internal static class EmbeddedPictures
{
    /// <summary>Computes the vectors, and reports unreadable files.</summary>
    /// <returns>The index, and the number of unreadable files.</returns>
    /// <exception cref="CommandFailedException">No image can be read, there are too many, or one has no direction.</exception>
    public static (EmbeddingIndex Index, int Failed) Index(IReadOnlyList<string> files, ImageNetwork model, ImageFileOptions reading, Session session)
    {
        ImageEmbedder embedder = new(model, options: session.Execution);
        if ((long)files.Count * embedder.Dimensions > Array.MaxLength)
        {
            throw new CommandFailedException($"{files.Count} vectors of {embedder.Dimensions} numbers do not fit into memory at once; expected at most "
                + $"{Array.MaxLength / embedder.Dimensions}; embed them first, and search with --index");
        }
        List<string> names = [];
        List<float[]> vectors = [];
        int failed = session.WithProgress("embed", files.Count, printsMeanwhile: false, progress => Compute(progress));
        if (names.Count == 0) throw new CommandFailedException("no image could be read");
        Tensor rows = Tensor.FromArray([.. vectors.SelectMany(vector => vector)], [names.Count, embedder.Dimensions]);
        VectorCheck.RequireRows(rows, row => $"the network's vector of '{names[row]}'");
        return (new EmbeddingIndex(rows, names), failed);

        int Compute(IProgress<int>? progress)
        {
            int unreadable = 0;
            IEnumerable<ImageSource> sources = files.Select(file => ImageSource.File(file, reading));
            foreach (ImageResult<float[]> result in embedder.EmbedImages(sources, progress: progress, cancellationToken: session.Cancellation).ToBlockingEnumerable(session.Cancellation))
            {
                if (result.Succeeded)
                {
                    names.Add(result.Name);
                    vectors.Add(result.Value);
                    continue;
                }
                session.ReportImage(result.Name, result.Error);
                unreadable++;
            }
            return unreadable;
        }
    }
}
