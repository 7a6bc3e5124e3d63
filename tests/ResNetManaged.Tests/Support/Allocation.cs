namespace ResNetManaged.Tests.Support;

/// <summary>Measures allocations.</summary>
internal static class Allocation
{
    /// <summary>The bytes that a warm call allocates on its thread: the least of five calls, since the runtime occasionally allocates a few KiB there.</summary>
    public static long Of(Action call)
    {
        for (int i = 0; i < 3; i++) call();
        long least = long.MaxValue;
        for (int i = 0; i < 5 && least > 0; i++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            call();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        return least;
    }
}
