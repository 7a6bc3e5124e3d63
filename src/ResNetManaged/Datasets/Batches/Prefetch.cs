namespace ResNetManaged.Datasets.Batches;

/// <summary>Loads items on the thread pool ahead of their use, so that decoding runs beside inference or training.</summary>
public static class Prefetch
{
    /// <summary>Applies <paramref name="load"/> to each item, several at a time, and gives the results in the items' order.</summary>
    /// <remarks>Enumerate it once. An exception surfaces where its item's turn comes.</remarks>
    /// <typeparam name="TItem">What is loaded from, such as a path.</typeparam>
    /// <typeparam name="TResult">What it becomes.</typeparam>
    /// <param name="items">The items, drawn one by one.</param>
    /// <param name="load">Loads one item; called from several threads.</param>
    /// <param name="ahead">
    /// How many items are loading or wait loaded while the caller works on one: the bound on memory and on threads. 0 loads each item when
    /// it is asked for, on the caller's thread.
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
        Queue<Task<TResult>> loading = new();
        foreach (TItem item in items)
        {
            loading.Enqueue(Task.Run(() => load(item), cancellationToken));
            if (loading.Count > ahead) yield return Next();
        }
        while (loading.Count > 0) yield return Next();

        TResult Next() => loading.Dequeue().WaitAsync(cancellationToken).GetAwaiter().GetResult();
    }
}
