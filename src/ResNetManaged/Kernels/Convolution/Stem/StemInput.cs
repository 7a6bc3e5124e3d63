using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Memory;
using ResNetManaged.Kernels.Simd;

namespace ResNetManaged.Kernels.Convolution.Stem;

/// <summary>The stem's first stage: a band of an image, transformed.</summary>
internal sealed unsafe class StemInput<TSimd, TVector>(StemSizes sizes)
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    private const int Rows = StemSizes.Rows;

    /// <summary>Transforms a band.</summary>
    /// <param name="image">The image, CHW.</param>
    /// <param name="firstRow">The band's first output row.</param>
    /// <param name="columns">Scratch of <see cref="StemSizes.ColumnsLength"/> floats.</param>
    /// <param name="points">Receives <see cref="StemSizes.PointsLength"/> floats.</param>
    public void Run(float* image, int firstRow, float* columns, float* points)
    {
        LayDown(image, firstRow, columns);
        Transform(columns, points);
    }

    /// <summary>Stores the band's pixels column by column, with zeros as padding.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void LayDown(float* image, int firstRow, float* columns)
    {
        (int height, int width) = sizes.Geometry.Input;
        int count = sizes.Columns, top = firstRow * StemTransform.Stride - sizes.Geometry.Padding.Top, left = sizes.Geometry.Padding.Left;
        int firstInside = Math.Clamp(-top, 0, Rows), endInside = Math.Clamp(height - top, firstInside, Rows), inside = Math.Min(width, count - left);
        for (int channel = 0; channel < sizes.Geometry.InChannels; channel++, image += height * width, columns += count * Rows)
        {
            new Span<float>(columns, left * Rows).Clear();
            new Span<float>(columns + (left + inside) * Rows, (count - left - inside) * Rows).Clear();
            for (int r = 0; r < Rows; r++)
            {
                float* target = columns + left * Rows + r, source = image + (nint)(top + r) * width;
                if (r < firstInside || r >= endInside)
                    for (int i = 0; i < inside; i++, target += Rows) *target = 0;
                else
                    for (int i = 0; i < inside; i++, target += Rows) *target = source[i];
            }
        }
    }

    /// <summary>B^T d of every tile, all rows of the band at once.</summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Transform(float* columns, float* points)
    {
        float* memory = stackalloc float[(StemTransform.Points - 1) * TSimd.Lanes + CacheLine.Floats], scratch = CacheLine.Align(memory);
        int tiles = sizes.Tiles, channels = sizes.Geometry.InChannels;
        nint pixel = StemTransform.Stride * Rows, tile = StemTransform.Outputs * pixel, point = tiles * Rows, channel = StemTransform.Points * point;
        for (int c = 0; c < channels; c++, points += channel)
        {
            float* even = columns + (nint)c * sizes.Columns * Rows, odd = even + Rows, evenPoints = points, oddPoints = points + channels * channel;
            for (int i = 0; i < tiles; i++, even += tile, odd += tile, evenPoints += Rows, oddPoints += Rows)
            {
                for (int lane = 0; lane < Rows; lane += TSimd.Lanes)
                {
                    StemTransform.TransformEven<TSimd, TVector>(even + lane, pixel, evenPoints + lane, point, scratch);
                    StemTransform.TransformOdd<TSimd, TVector>(odd + lane, pixel, oddPoints + lane, point);
                }
            }
        }
    }
}
