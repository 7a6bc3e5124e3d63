using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using ResNetManaged.Datasets.Batches;
using ResNetManaged.Preprocessing;
using ResNetManaged.Tensors;

namespace ResNetManaged.Imaging;

/// <summary>The ways of image files into a network that takes tensors.</summary>
internal static class ImageSeries
{
    private const int InputElementsInBatch = 1 << 16; // 21 images of 32 x 32; one of 224 x 224, which fills the threads by itself
    private const int MostImagesInBatch = 16;

    /// <summary>A series of any length.</summary>
    public static ImageSeries<Tensor, TResult> Of<TResult>(
        ImagePreset preset, int threads, UnreadableImages unreadable, Func<Tensor, IReadOnlyList<TResult>> compute) where TResult : class => new()
        {
            Prepare = preset.Apply,
            Compute = inputs => compute(inputs.Count == 1 ? inputs[0] : Tensor.Concatenate(inputs)),
            Batch = Math.Clamp(InputElementsInBatch / preset.ElementCount, 1, MostImagesInBatch),
            Threads = threads,
            Unreadable = unreadable,
        };

    /// <summary>A few files as one batch [N, 3, H, W].</summary>
    /// <exception cref="ImageException">A file cannot be read; of several, the first one's error.</exception>
    public static Tensor Batch(IReadOnlyList<string> paths, ImagePreset preset, int threads, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(paths);
        if (paths.Count == 0) throw new ArgumentException("Classify: at least one file is needed.", nameof(paths));
        Tensor batch = Tensor.Concatenate([.. Prefetch.InOrder(paths, Load, ahead: threads - 1, cancellationToken)]);
        cancellationToken.ThrowIfCancellationRequested();
        return batch;

        Tensor Load(string path)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return preset.Apply(ImageFile.Load(path));
        }
    }
}

/// <summary>A network's way through many images: decoding beside computing, small batches, results in order, memory bounded.</summary>
/// <remarks>
/// While the caller holds one batch of results, the next is computed, and behind it as many decoded images wait as there are threads or places in a
/// batch. Then all of it waits for the caller.
/// </remarks>
/// <typeparam name="TInput">What an image becomes before the network sees it.</typeparam>
/// <typeparam name="TResult">What the network makes of it.</typeparam>
internal sealed record ImageSeries<TInput, TResult> where TResult : class
{
    /// <summary>Prepares a decoded image; called on several threads.</summary>
    public required Func<RgbImage, TInput> Prepare { get; init; }

    /// <summary>Computes the results of at least one and at most <see cref="Batch"/> inputs; never called twice at once.</summary>
    public required Func<IReadOnlyList<TInput>, IReadOnlyList<TResult>> Compute { get; init; }

    /// <summary>The images in a batch.</summary>
    public required int Batch { get; init; }

    /// <summary>The threads in use; with one, images are decoded between batches.</summary>
    public required int Threads { get; init; }

    public required UnreadableImages Unreadable { get; init; }

    public async IAsyncEnumerable<ImageResult<TResult>> Run(
        IEnumerable<ImageSource> sources, IProgress<int>? progress, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        int ahead = Threads == 1 ? 0 : Math.Max(Threads, Batch);
        using IEnumerator<ImageResult<TResult>[]> batches =
            Prefetch.InOrder(sources, Load, ahead, stop.Token).Chunk(Batch).Select(Results).GetEnumerator();
        Task<bool> next = Task.Run(batches.MoveNext, stop.Token);
        int done = 0;
        try
        {
            while (await next.ConfigureAwait(false))
            {
                ImageResult<TResult>[] results = batches.Current;
                if (!Array.Exists(results, MustThrow)) next = Task.Run(batches.MoveNext, stop.Token); // while the caller looks at these
                foreach (ImageResult<TResult> result in results)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    if (MustThrow(result)) ExceptionDispatchInfo.Throw(result.Error!);
                    yield return result;
                    progress?.Report(++done);
                }
            }
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // the enumerator is in use until then
        }
    }

    private bool MustThrow(ImageResult<TResult> result) => Unreadable == UnreadableImages.Throw && !result.Succeeded;

    /// <summary>One image that cannot be read must not stop the others, whatever is wrong with it.</summary>
    private Loaded Load(ImageSource source)
    {
        try
        {
            return new Loaded(source.Name, Prepare(source.Load()), Error: null);
        }
#pragma warning disable CA1031
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return new Loaded(source.Name, default, exception);
        }
    }

    private ImageResult<TResult>[] Results(Loaded[] images)
    {
        TInput[] inputs = [.. images.Where(image => image.Error is null).Select(image => image.Input!)];
        IReadOnlyList<TResult> computed = inputs.Length > 0 ? Compute(inputs) : [];
        ImageResult<TResult>[] results = new ImageResult<TResult>[images.Length];
        for (int i = 0, used = 0; i < images.Length; i++)
            results[i] = new ImageResult<TResult>(images[i].Name, images[i].Error is null ? computed[used++] : null, images[i].Error);
        return results;
    }

    private readonly record struct Loaded(string Name, TInput? Input, Exception? Error);
}
