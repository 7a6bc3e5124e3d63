namespace ResNetManaged;

/// <summary>The vector width of the hand-written kernels; each value is one rung of the ladder from widest to narrowest.</summary>
public enum SimdPath
{
    /// <summary>The widest that this processor supports, or what the environment variable <c>RESNETMANAGED_SIMD</c> names.</summary>
    Auto,

    /// <summary>512-bit vectors (AVX-512), 32 registers.</summary>
    Vector512,

    /// <summary>256-bit vectors (AVX2 with FMA), 16 registers.</summary>
    Vector256,

    /// <summary>128-bit vectors (SSE, NEON, WebAssembly SIMD).</summary>
    Vector128,

    /// <summary><see cref="System.Numerics.Vector{T}"/>: the width that the runtime chooses.</summary>
    Portable,

    /// <summary>One float at a time.</summary>
    Scalar,
}
