namespace ResNetManaged.Kernels.Memory;

/// <summary>
/// The unit in which caches move memory. A 512-bit vector that straddles two lines costs two accesses, and more if it was just written.
/// </summary>
internal static unsafe class CacheLine
{
    /// <summary>Bytes of a line.</summary>
    public const int Bytes = 64;

    /// <summary>Floats of a line.</summary>
    public const int Floats = Bytes / sizeof(float);

    /// <summary>The first float at or after <paramref name="memory"/> that begins a line: at most <see cref="Floats"/> - 1 floats further.</summary>
    public static float* Align(void* memory) => (float*)(((nuint)memory + Bytes - 1) & ~(nuint)(Bytes - 1));
}
