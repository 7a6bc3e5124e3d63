namespace ResNetManaged.Tests.Support;

/// <summary>What code allocates.</summary>
internal static class Allocation
{
    /// <summary>The bytes that a call allocates on its own thread, once warm: the least of five, for now and then the runtime itself takes a few KiB there.</summary>
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
