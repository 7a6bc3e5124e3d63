namespace ResNetManaged.Datasets.Batches;

/// <summary>Loads items on the thread pool ahead of their use, so that decoding overlaps with inference or training.</summary>
internal static class Prefetch
{
    /// <summary>Applies <paramref name="load"/> to each item, several at a time, and returns the results in the items' order.</summary>
    /// <remarks>
    /// Enumerate it once. An exception surfaces at its item's position. When the enumeration ends early, items that are not yet loading are not loaded, and
    /// disposing the enumerator waits for those that are, so that nothing uses their source afterwards; after a cancellation it does not wait.
    /// </remarks>
    /// <typeparam name="TItem">The source of an item, such as a path.</typeparam>
    /// <typeparam name="TResult">The loaded item.</typeparam>
    /// <param name="items">The items, drawn one by one.</param>
    /// <param name="load">Loads one item; called on several threads.</param>
    /// <param name="ahead">
    /// The number of items that are loading or loaded while the caller works on one, which bounds memory and threads. With 0, each item is loaded when it is
    /// requested, on the caller's thread.
    /// </param>
    /// <param name="cancellationToken">Ends the wait for an item.</param>
    /// <returns>The results.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="ahead"/> is negative.</exception>
    public static IEnumerable<TResult> InOrder<TItem, TResult>(
        IEnumerable<TItem> items, Func<TItem, TResult> load, int ahead, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(items);
        ArgumentNullException.ThrowIfNull(load);
        ArgumentOutOfRangeException.ThrowIfNegative(ahead);
        return ahead == 0 ? items.Select(load) : Run(items, load, ahead, cancellationToken);
    }

    private static IEnumerable<TResult> Run<TItem, TResult>(
        IEnumerable<TItem> items, Func<TItem, TResult> load, int ahead, CancellationToken cancellationToken)
    {
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        CancellationToken stopped = stop.Token;
        Queue<Task<TResult>> loading = new();
        try
        {
            foreach (TItem item in items)
            {
                loading.Enqueue(Task.Run(() => load(item), stopped));
                if (loading.Count > ahead) yield return Next();
            }
            while (loading.Count > 0) yield return Next();
        }
        finally
        {
            stop.Cancel();
            Task rest = Observed(Task.WhenAll(loading));
            if (!cancellationToken.IsCancellationRequested) rest.GetAwaiter().GetResult();
        }

        TResult Next()
        {
            TResult result = loading.Peek().WaitAsync(cancellationToken).GetAwaiter().GetResult();
            loading.Dequeue();
            return result;
        }
    }

    /// <summary>Completes when a task does, whatever its result, and observes its exceptions, since no caller is left to receive them.</summary>
    private static async Task Observed(Task task) => await task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
}
