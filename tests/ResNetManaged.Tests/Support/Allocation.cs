namespace ResNetManaged.Tests.Support;

/// <summary>What code allocates.</summary>
internal static class Allocation
{
    /// <summary>The bytes that a call allocates on its own thread, once warm.</summary>
    public static long Of(Action call)
    {
        for (int i = 0; i < 3; i++) call();
        long before = GC.GetAllocatedBytesForCurrentThread();
        call();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
