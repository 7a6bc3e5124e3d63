using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Threading.Channels;
using ResNetManaged.Datasets.Batches;
using ResNetManaged.Kernels.Threading;
using ResNetManaged.Preprocessing;
using ResNetManaged.Tensors;

namespace ResNetManaged.Imaging;

/// <summary>Feeds image files to a network that takes tensors.</summary>
internal static class ImageSeries
{
    private const int InputElementsInBatch = 2 * 3 * 224 * 224; // two of 224 x 224 read the weights once
    private const int MostImagesInBatch = 16;

    /// <summary>Creates a series of any length.</summary>
    public static ImageSeries<Tensor, TResult> Of<TResult>(
        ImagePreset preset, int threads, UnreadableImages unreadable, Func<Tensor, IReadOnlyList<TResult>> compute) where TResult : class => new()
        {
            Prepare = source => source.LoadInput(preset),
            Apply = inputs => compute(inputs.Count == 1 ? inputs[0] : Tensor.Concatenate(inputs)),
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

/// <summary>A pipeline that runs a network on many images, in order and in bounded memory.</summary>
/// <remarks>
/// Images are independent: each thread loads and computes small batches of its own, without waiting for the others. All threads share a batch only while
/// there is nothing else to do: the first one, and all of them if there are fewer than threads. Threads stay a few batches ahead of the caller; then
/// they wait for it.
/// </remarks>
/// <typeparam name="TInput">What an image becomes before the network processes it.</typeparam>
/// <typeparam name="TResult">The network's result for an image.</typeparam>
internal sealed record ImageSeries<TInput, TResult> where TResult : class
{
    private const int BatchesAheadPerThread = 2; // with one, a thread would wait for a slower one whose batch comes first

    /// <summary>Loads and prepares an image; called from several threads.</summary>
    public required Func<ImageSource, TInput> Prepare { get; init; }

    /// <summary>Computes the results of 1 to <see cref="Batch"/> inputs; called from several threads.</summary>
    public required Func<IReadOnlyList<TInput>, IReadOnlyList<TResult>> Apply { get; init; }

    /// <summary>The number of images in a batch.</summary>
    public required int Batch { get; init; }

    /// <summary>The number of threads that load and compute.</summary>
    public required int Threads { get; init; }

    public required UnreadableImages Unreadable { get; init; }

    public async IAsyncEnumerable<ImageResult<TResult>> Run(
        IEnumerable<ImageSource> sources, IProgress<int>? progress, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        // Batches in order, finished or not. A batch that never finishes is followed by the error that ended the work.
        Channel<Task<ImageResult<TResult>[]>> line = Channel.CreateBounded<Task<ImageResult<TResult>[]>>(BatchesAheadPerThread * Threads);
        Task work = Task.Run(() => Work(sources, line.Writer, stop.Token), CancellationToken.None);
        int done = 0;
        try
        {
            await foreach (Task<ImageResult<TResult>[]> batch in line.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                foreach (ImageResult<TResult> result in await batch.WaitAsync(cancellationToken).ConfigureAwait(false))
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    if (Unreadable == UnreadableImages.Throw && !result.Succeeded) ExceptionDispatchInfo.Throw(result.Error!);
                    yield return result;
                    progress?.Report(++done);
                }
            }
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            if (!cancellationToken.IsCancellationRequested) // a cancelled caller doesn't wait for an image that takes long
                await work.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // it uses the sources until then
        }
    }

    /// <summary>Puts all batches on the line and computes them.</summary>
    private async Task Work(IEnumerable<ImageSource> sources, ChannelWriter<Task<ImageResult<TResult>[]>> line, CancellationToken stop)
    {
        try
        {
            using IEnumerator<ImageSource[]> batches = sources.Chunk(Batch).GetEnumerator();
            Queue<ImageSource[]> waiting = [];
            bool Draw()
            {
                if (!batches.MoveNext()) return false;
                waiting.Enqueue(batches.Current);
                return true;
            }

            // The first batch compiles the network, which all threads take part in.
            if (Draw()) await Put(line, waiting.Dequeue(), stop).ConfigureAwait(false);
            while (waiting.Count < Threads && Draw()) { }
            if (waiting.Count < Threads)
            {
                while (waiting.TryDequeue(out ImageSource[]? batch)) await Put(line, batch, stop).ConfigureAwait(false);
            }
            else
            {
                await Task.WhenAll(Enumerable.Range(0, Threads).Select(_ => Task.Run(WorkAlone, stop))).ConfigureAwait(false);
            }
            line.TryComplete();

            async Task WorkAlone()
            {
                while (await line.WaitToWriteAsync(stop).ConfigureAwait(false))
                {
                    TaskCompletionSource<ImageResult<TResult>[]> place = new(TaskCreationOptions.RunContinuationsAsynchronously);
                    ImageSource[] batch;
                    lock (waiting)
                    {
                        if (waiting.Count == 0 && !Draw()) return;
                        if (!line.TryWrite(place.Task)) continue; // another thread took the room
                        batch = waiting.Dequeue();
                    }
                    using (WorkerPool.Alone()) Compute(batch, place);
                }
            }
        }
#pragma warning disable CA1031 // the caller gets every exception
        catch (Exception exception)
#pragma warning restore CA1031
        {
            line.TryComplete(exception);
        }
    }

    private async Task Put(ChannelWriter<Task<ImageResult<TResult>[]>> line, ImageSource[] batch, CancellationToken stop)
    {
        TaskCompletionSource<ImageResult<TResult>[]> place = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await line.WriteAsync(place.Task, stop).ConfigureAwait(false);
        Compute(batch, place);
    }

    /// <summary>Computes a batch; an error of the network surfaces at its place.</summary>
    private void Compute(ImageSource[] batch, TaskCompletionSource<ImageResult<TResult>[]> place)
    {
        try
        {
            place.SetResult(Results(batch));
        }
        catch (Exception exception)
        {
            place.SetException(exception);
            throw;
        }
    }

    private ImageResult<TResult>[] Results(ImageSource[] sources)
    {
        (TInput? Input, Exception? Error)[] loaded = Array.ConvertAll(sources, Load);
        TInput[] inputs = [.. loaded.Where(image => image.Error is null).Select(image => image.Input!)];
        IReadOnlyList<TResult> computed = inputs.Length > 0 ? Apply(inputs) : [];
        int used = 0;
        return [.. loaded.Select((image, i) => new ImageResult<TResult>(sources[i].Name, image.Error is null ? computed[used++] : null, image.Error))];
    }

    /// <summary>Loads an image; catches every exception, because an unreadable image must not stop the others.</summary>
    private (TInput? Input, Exception? Error) Load(ImageSource source)
    {
        try
        {
            return (Prepare(source), null);
        }
#pragma warning disable CA1031
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return (default, exception);
        }
    }
}
