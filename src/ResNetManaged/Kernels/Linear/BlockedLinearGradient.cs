using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Memory;
using ResNetManaged.Kernels.Normalization;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Kernels.Threading;
using ResNetManaged.Tensors;

namespace ResNetManaged.Kernels.Linear;

/// <summary>The gradient of a linear layer's weights, dW[o, i] = sum over n of dy[n, o] * x[n, i], from features <c>[C / 16][N][16]</c>.</summary>
/// <remarks>
/// 8 outputs times a vector of inputs stay in registers while the rows of the batch are added in order. The gradient of x is a 1 x 1
/// convolution with transposed weights; that of the bias comes from <see cref="BlockedChannelSums{TSimd, TVector}"/>.
/// </remarks>
internal static unsafe class BlockedLinearGradient<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    private const int Outputs = 8; // rows of dW summed at a time; divides the channels of a block

    /// <summary>Computes this thread's rows of dW.</summary>
    /// <param name="gradient">dy, features.</param>
    /// <param name="input">x, features with the same number of rows.</param>
    /// <param name="adds">Whether to add to what it holds.</param>
    /// <param name="weightGradient">dW, <c>[out, in]</c>, row by row.</param>
    /// <param name="share">This thread's part.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Weights(BlockedView gradient, BlockedView input, bool adds, float* weightGradient, WorkShare share)
    {
        int rows = input.Layout.Size.Width, inputs = input.Layout.Channels, outputs = gradient.Layout.Channels;
        float* memory = stackalloc float[Outputs * ChannelBlock.Size + CacheLine.Floats], part = CacheLine.Align(memory);
        (int group, int end) = share.Of(Sizes.CeilingDivide(outputs, Outputs));
        for (; group < end; group++)
        {
            int first = group * Outputs, height = Math.Min(Outputs, outputs - first);
            float* dy = gradient.Row(first / ChannelBlock.Size, 0) + first % ChannelBlock.Size;
            float* result = weightGradient + (nint)first * inputs;
            for (int i = 0; i < inputs; i += TSimd.Lanes)
            {
                float* x = input.Row(i / ChannelBlock.Size, 0) + i % ChannelBlock.Size;
                int width = Math.Min(TSimd.Lanes, inputs - i);
                if (height == Outputs && width == TSimd.Lanes)
                {
                    Tile(dy, x, rows, adds, result + i, inputs);
                    continue;
                }
                Tile(dy, x, rows, adds: false, part, TSimd.Lanes);
                for (int o = 0; o < height; o++)
                    for (int lane = 0; lane < width; lane++)
                    {
                        ref float target = ref result[(nint)o * inputs + i + lane];
                        target = (adds ? target : 0f) + part[o * TSimd.Lanes + lane];
                    }
            }
        }
    }

    /// <summary>Calls nothing: values that live across a call would be kept in memory.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile(float* dy, float* x, int rows, bool adds, float* result, nint stride)
    {
        TVector c0 = default, c1 = default, c2 = default, c3 = default, c4 = default, c5 = default, c6 = default, c7 = default;
        for (int n = 0; n < rows; n++, dy += ChannelBlock.Size, x += ChannelBlock.Size)
        {
            TVector value = TSimd.Load(x);
            c0 = TSimd.MultiplyAdd(TSimd.Create(dy[0]), value, c0);
            c1 = TSimd.MultiplyAdd(TSimd.Create(dy[1]), value, c1);
            c2 = TSimd.MultiplyAdd(TSimd.Create(dy[2]), value, c2);
            c3 = TSimd.MultiplyAdd(TSimd.Create(dy[3]), value, c3);
            c4 = TSimd.MultiplyAdd(TSimd.Create(dy[4]), value, c4);
            c5 = TSimd.MultiplyAdd(TSimd.Create(dy[5]), value, c5);
            c6 = TSimd.MultiplyAdd(TSimd.Create(dy[6]), value, c6);
            c7 = TSimd.MultiplyAdd(TSimd.Create(dy[7]), value, c7);
        }
        Store(c0, adds, result);
        Store(c1, adds, result + stride);
        Store(c2, adds, result + 2 * stride);
        Store(c3, adds, result + 3 * stride);
        Store(c4, adds, result + 4 * stride);
        Store(c5, adds, result + 5 * stride);
        Store(c6, adds, result + 6 * stride);
        Store(c7, adds, result + 7 * stride);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(TVector value, bool adds, float* target) => TSimd.Store(adds ? TSimd.Add(TSimd.Load(target), value) : value, target);
}
