using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Simd;

namespace ResNetManaged.Kernels.Convolution.Stem;

/// <summary>The stem's third stage: one output row from its sums, with bias and ReLU.</summary>
internal sealed unsafe class StemOutput<TSimd, TVector>(StemSizes sizes, int sumsStride, bool relu)
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    private readonly int _blocks = ChannelBlock.Count(sizes.Geometry.OutChannels);

    /// <summary>A^T of one output row: A^T = [1 1 1 1 1 0 1; 0 1 -1 2 -2 0 1/2; 0 1 1 4 4 0 1/4; 0 1 -1 8 -8 1 1/8].</summary>
    /// <param name="sums">The sums of each point.</param>
    /// <param name="bias">A bias for each output channel, in whole blocks.</param>
    /// <param name="output">The row's first pixel.</param>
    /// <param name="blockStride">Floats from one block of channels to the next.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(float* sums, float* bias, float* output, nint blockStride)
    {
        int stride = sumsStride, width = sizes.Geometry.Output.Width;
        for (int block = 0; block < _blocks; block++, output += blockStride)
        {
            for (int lane = 0; lane < ChannelBlock.Size; lane += TSimd.Lanes)
            {
                TVector start = TSimd.Load(bias + block * ChannelBlock.Size + lane);
                float* m = sums + block * sizes.Tiles * ChannelBlock.Size + lane, y = output + lane;
                for (int column = 0; column < width; column += StemTransform.Outputs, m += ChannelBlock.Size)
                {
                    TVector m1 = TSimd.Load(m + stride), m2 = TSimd.Load(m + 2 * stride), m3 = TSimd.Load(m + 3 * stride), m4 = TSimd.Load(m + 4 * stride);
                    TVector half = TSimd.Load(m + 6 * stride);
                    TVector sum1 = TSimd.Add(m1, m2), difference1 = TSimd.Subtract(m1, m2), sum2 = TSimd.Add(m3, m4), difference2 = TSimd.Subtract(m3, m4);
                    Store(TSimd.Add(TSimd.Add(TSimd.Load(m), sum1), TSimd.Add(sum2, half)), start, y);
                    int left = width - column;
                    y += ChannelBlock.Size;
                    if (left > 1) Store(TSimd.MultiplyAdd(TSimd.Create(2f), difference2, TSimd.MultiplyAdd(TSimd.Create(0.5f), half, difference1)), start, y);
                    y += ChannelBlock.Size;
                    if (left > 2) Store(TSimd.MultiplyAdd(TSimd.Create(4f), sum2, TSimd.MultiplyAdd(TSimd.Create(0.25f), half, sum1)), start, y);
                    y += ChannelBlock.Size;
                    if (left > 3)
                    {
                        TVector infinity = TSimd.Add(TSimd.Load(m + 5 * stride), difference1);
                        Store(TSimd.MultiplyAdd(TSimd.Create(8f), difference2, TSimd.MultiplyAdd(TSimd.Create(0.125f), half, infinity)), start, y);
                    }
                    y += ChannelBlock.Size;
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Store(TVector value, TVector bias, float* pixel)
    {
        value = TSimd.Add(value, bias);
        TSimd.Store(relu ? TSimd.Relu(value) : value, pixel);
    }
}
