using ResNetManaged.Kernels.Simd;

namespace ResNetManaged.Kernels.Convolution.Winograd;

/// <summary>
/// What training also needs: weights that change, and the adjoint in the kernel, dg = G^T [sum over tiles of (B^T d B) * (A dY A^T)] G.
/// </summary>
internal unsafe interface IWinogradGradient : IWinogradTransform
{
    /// <summary>
    /// G g G^T of one vector of kernels, in float32; <see cref="WinogradWeights"/> computes the same in double, once for all calls.
    /// </summary>
    /// <param name="taps">The nine elements.</param>
    /// <param name="tapStride">Floats from one element to the next.</param>
    /// <param name="points">Receives the (m + 2)^2 results.</param>
    /// <param name="pointStride">Floats from one result to the next.</param>
    /// <param name="rows">Scratch, 16 floats for each point.</param>
    static abstract void TransformWeights<TSimd, TVector>(float* taps, nint tapStride, float* points, nint pointStride, float* rows)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct;

    /// <summary>A y A^T of the gradient of one output tile and one vector of channels.</summary>
    /// <param name="pixels">The tile's first pixel.</param>
    /// <param name="rowStride">Floats from row to row; pixels of a row are 16 apart.</param>
    /// <param name="points">Receives the (m + 2)^2 results.</param>
    /// <param name="pointStride">Floats from one result to the next.</param>
    /// <param name="rows">Scratch, 16 floats for each point.</param>
    static abstract void TransformGradient<TSimd, TVector>(float* pixels, nint rowStride, float* points, nint pointStride, float* rows)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct;

    /// <summary>G^T M G of one vector of kernels.</summary>
    /// <param name="points">The (m + 2)^2 sums of products.</param>
    /// <param name="pointStride">Floats from one sum to the next.</param>
    /// <param name="taps">Receives the nine results.</param>
    /// <param name="tapStride">Floats from one result to the next.</param>
    /// <param name="rows">Scratch, 16 floats for each point.</param>
    static abstract void TransformSums<TSimd, TVector>(float* points, nint pointStride, float* taps, nint tapStride, float* rows)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct;
}
