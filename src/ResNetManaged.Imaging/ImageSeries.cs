using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using ResNetManaged.Datasets.Batches;
using ResNetManaged.Preprocessing;
using ResNetManaged.Tensors;

namespace ResNetManaged.Imaging;

/// <summary>Feeds image files to a network that takes tensors.</summary>
internal static class ImageSeries
{
    private const int InputElementsInBatch = 1 << 16; // 21 images of 32 x 32; one of 224 x 224, which keeps all threads busy by itself
    private const int MostImagesInBatch = 16;

    /// <summary>Creates a series of any length.</summary>
    public static ImageSeries<Tensor, TResult> Of<TResult>(
        ImagePreset preset, int threads, UnreadableImages unreadable, Func<Tensor, IReadOnlyList<TResult>> compute) where TResult : class => new()
        {
            Prepare = source => source.LoadInput(preset),
            Compute = inputs => compute(inputs.Count == 1 ? inputs[0] : Tensor.Concatenate(inputs)),
            Batch = Math.Clamp(InputElementsInBatch / preset.ElementCount, 1, MostImagesInBatch),
            Threads = threads,
            Unreadable = unreadable,
        };

    /// <summary>Loads a few files as one batch [N, 3, H, W].</summary>
    /// <exception cref="ImageException">A file cannot be read; if several cannot, the error is that of the first.</exception>
    public static Tensor Batch(IReadOnlyList<string> paths, ImagePreset preset, int threads, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(paths);
        if (paths.Count == 0) throw new ArgumentException("Classify: got no files; expected at least one.", nameof(paths));
        Tensor batch = Tensor.Concatenate([.. Prefetch.InOrder(paths, Load, ahead: threads - 1, cancellationToken)]);
        cancellationToken.ThrowIfCancellationRequested();
        return batch;

        Tensor Load(string path)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return ImageFile.LoadInput(path, preset);
        }
    }
}

/// <summary>A pipeline that runs a network on many images: it decodes while it computes, in small batches, in order, and in bounded memory.</summary>
/// <remarks>
/// While the caller holds one batch of results, the next one is computed, and up to as many decoded images wait as there are threads or slots in a
/// batch. Then the pipeline waits for the caller.
/// </remarks>
/// <typeparam name="TInput">What an image becomes before the network processes it.</typeparam>
/// <typeparam name="TResult">The network's result for an image.</typeparam>
internal sealed record ImageSeries<TInput, TResult> where TResult : class
{
    /// <summary>Loads and prepares an image; called from several threads.</summary>
    public required Func<ImageSource, TInput> Prepare { get; init; }

    /// <summary>Computes the results of 1 to <see cref="Batch"/> inputs; never called concurrently.</summary>
    public required Func<IReadOnlyList<TInput>, IReadOnlyList<TResult>> Compute { get; init; }

    /// <summary>The number of images in a batch.</summary>
    public required int Batch { get; init; }

    /// <summary>The number of threads; with one, images are decoded between batches.</summary>
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
                if (!Array.Exists(results, MustThrow)) next = Task.Run(batches.MoveNext, stop.Token); // while the caller processes these
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
            await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // the task uses the enumerator until then
        }
    }

    private bool MustThrow(ImageResult<TResult> result) => Unreadable == UnreadableImages.Throw && !result.Succeeded;

    /// <summary>Loads an image; catches every exception, because an unreadable image must not stop the others.</summary>
    private Loaded Load(ImageSource source)
    {
        try
        {
            return new Loaded(source.Name, Prepare(source), Error: null);
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
