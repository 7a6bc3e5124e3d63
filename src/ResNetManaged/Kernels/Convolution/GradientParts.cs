using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Kernels.Threading;
using ResNetManaged.Tensors;

namespace ResNetManaged.Kernels.Convolution;

/// <summary>The parts that a batch is cut into, each with its own weight gradient.</summary>
/// <remarks>
/// For layers with too few weights to divide among threads: each thread then reads only its parts instead of the whole batch. The number of parts
/// depends only on sizes, and parts are added in order, so no bit depends on the threads.
/// </remarks>
internal static unsafe class GradientParts
{
    private const int Most = 8;

    /// <summary>
    /// A 3 x 3 layer from 128 to 128 channels has 147,456 weights. Divided by panels, two threads would each transform the whole input: 3.1 ms
    /// instead of 2.2 for 8 x 28 x 28.
    /// </summary>
    private const int FewWeights = 1 << 18;

    /// <summary>The number of parts.</summary>
    /// <param name="weights">The number of weights of the layer.</param>
    /// <param name="pieces">Pieces that the work can be cut into.</param>
    public static int Count(int weights, int pieces) => weights <= FewWeights ? Math.Clamp(pieces, 1, Most) : 1;

    /// <summary>Rounds the number of pieces up if that gives each part the same number.</summary>
    /// <param name="pieces">Pieces wanted.</param>
    /// <param name="most">The most pieces possible.</param>
    public static int RoundUp(int pieces, int most) => pieces <= Most / 2 ? pieces : Math.Min(most, Sizes.RoundUp(pieces, Most));

    /// <summary>The pieces of a part.</summary>
    public static (int Start, int End) Of(int part, int parts, int pieces) => new WorkShare(part, parts).Of(pieces);

    /// <summary>Adds up the parts' gradients for this thread's share of the elements.</summary>
    /// <param name="partial">The gradients, <paramref name="stride"/> floats apart.</param>
    /// <param name="parts">The number of parts.</param>
    /// <param name="stride">Floats from one to the next.</param>
    /// <param name="gradient">Receives the sum.</param>
    /// <param name="length">The elements of a gradient.</param>
    /// <param name="accumulate">Whether to add to what it holds.</param>
    /// <param name="share">This thread's part.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Sum<TSimd, TVector>(float* partial, int parts, int stride, float* gradient, int length, bool accumulate, WorkShare share)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        (int i, int end) = share.Of(length);
        for (; i <= end - TSimd.Lanes; i += TSimd.Lanes) Sum<TSimd, TVector>(partial + i, parts, stride, gradient + i, accumulate);
        for (; i < end; i++) Sum<SimdScalar, float>(partial + i, parts, stride, gradient + i, accumulate);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Sum<TSimd, TVector>(float* partial, int parts, nint stride, float* gradient, bool accumulate)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        TVector sum = TSimd.Load(partial);
        for (int part = 1; part < parts; part++) sum = TSimd.Add(sum, TSimd.Load(partial + part * stride));
        if (accumulate) sum = TSimd.Add(TSimd.Load(gradient), sum);
        TSimd.Store(sum, gradient);
    }
}
