namespace ResNetManaged.Kernels.Memory;

/// <summary>The line of 64 bytes in which caches move memory. A vector of 512 bits that lies across two costs two accesses, and more where it was just written.</summary>
internal static unsafe class CacheLine
{
    /// <summary>Floats of a line.</summary>
    public const int Floats = 64 / sizeof(float);

    /// <summary>The first float from <paramref name="memory"/> on that begins a line: <see cref="Floats"/> - 1 further at most.</summary>
    public static float* Align(void* memory) => (float*)(((nuint)memory + Floats * sizeof(float) - 1) & ~(nuint)(Floats * sizeof(float) - 1));
}
