using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Elementwise.Activations;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Kernels.Tiles;

namespace ResNetManaged.Kernels.Elementwise;

/// <summary>
/// An activation as the epilogue of a convolution, with the same bits as <see cref="BlockedActivation{TSimd, TVector, TFunction}"/>.
/// </summary>
/// <param name="function">The function; it maps 0 to 0.</param>
internal sealed unsafe class ActivationEpilogue<TSimd, TVector, TFunction>(TFunction function) : PixelEpilogue
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
    where TFunction : struct, IActivationFunction
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Apply(float* first, nint stride, int pixels)
    {
        for (; pixels > 0; pixels--, first += stride) TSimd.Store(function.Apply<TSimd, TVector>(TSimd.Load(first)), first);
    }
}
