namespace ResNetManaged.Kernels.Memory;

/// <summary>Distances in memory that spread over the sets of the first-level cache.</summary>
internal static class CacheStride
{
    /// <summary>Floats of 4 KiB: addresses that far apart fall into the same set, which holds only a few lines.</summary>
    private const int SetPeriod = 4096 / sizeof(float);

    /// <summary>The distance itself, or one cache line more if it is a multiple of 4 KiB.</summary>
    /// <param name="floats">The distance, in floats.</param>
    public static int Of(int floats) => floats % SetPeriod == 0 ? floats + CacheLine.Floats : floats;
}
