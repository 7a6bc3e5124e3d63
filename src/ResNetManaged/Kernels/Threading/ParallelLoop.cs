using System.Runtime.ExceptionServices;

namespace ResNetManaged.Kernels.Threading;

/// <summary>Runs the items of a computation on threads of the thread pool.</summary>
/// <remarks>
/// Which thread runs which item varies, so results must not depend on it: an output element belongs to one item, and what an item computes
/// does not depend on the number of threads.
/// </remarks>
internal static class ParallelLoop
{
    /// <summary>Runs items 0 to <paramref name="count"/> - 1; with one thread, in order and on the caller's thread.</summary>
    /// <remarks>The first exception of an item surfaces as it was thrown.</remarks>
    public static void For<TWork>(int count, int threads, TWork work) where TWork : struct, IWork
    {
        int workers = Math.Min(count, threads);
        if (workers <= 1)
        {
            for (int i = 0; i < count; i++) work.Run(i);
            return;
        }

        int next = -1;
        try
        {
            Parallel.For(0, workers, new ParallelOptions { MaxDegreeOfParallelism = workers }, _ =>
            {
                for (int i = Interlocked.Increment(ref next); i < count; i = Interlocked.Increment(ref next)) work.Run(i);
            });
        }
        catch (AggregateException exception)
        {
            ExceptionDispatchInfo.Throw(exception.InnerExceptions[0]);
        }
    }
}
