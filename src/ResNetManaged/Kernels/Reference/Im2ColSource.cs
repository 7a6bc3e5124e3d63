using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Convolution;
using ResNetManaged.Kernels.Memory;
using ResNetManaged.Kernels.Reference.Gemm;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Tensors;

namespace ResNetManaged.Kernels.Reference;

/// <summary>The patch matrix of a convolution, one panel at a time; item = image * groups + group.</summary>
/// <remarks>
/// Row k = (channel * KH + kh) * KW + kw, column j = oh * OW + ow. The position of a kernel element in the image is the same for every
/// channel, so a panel first lists, for each kernel element, the runs of columns in one image row or in the padding, and then copies them
/// channel by channel.
/// </remarks>
internal readonly unsafe struct Im2ColSource(ConvGeometry geometry, float* input) : IPanelSource
{
    private const int InPadding = -1;

    /// <summary>Columns of a panel whose pixels are adjacent, or a stride apart, in one image row.</summary>
    /// <param name="Column">The first column.</param>
    /// <param name="Count">The number of columns.</param>
    /// <param name="Pixel">The offset of the first pixel in its plane, or <see cref="InPadding"/>.</param>
    private readonly record struct Run(int Column, int Count, int Pixel);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Pack<TSimd, TVector>(int item, in PanelPart part, float* panel)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        int taps = geometry.Kernel.Area, listed = Math.Min(taps, part.Depth);
        using AlignedBuffer buffer = AlignedBuffer.Rent(sizeof(Run) / sizeof(float) * listed * part.Width);
        Run* runs = (Run*)buffer.Pointer, end = runs;
        for (int i = 0; i < listed; i++) end = List((part.FirstRow + i) % taps, part, end);

        int planeLength = geometry.Input.Area;
        nint stride = geometry.Stride.Width;
        float* inputEnd = input + geometry.InputLength;
        float* firstPlane = input + (nint)item * (geometry.InChannels / geometry.Groups) * planeLength;
        Run* run = runs;
        for (int k = part.FirstRow; k < part.FirstRow + part.Depth; k++, panel += part.Width)
        {
            if (run == end) run = runs;
            float* plane = firstPlane + (nint)(k / taps) * planeLength;
            // Whole vectors are copied: the next run, row or panel overwrites the excess. Excess reads must stay within the input.
            bool vectors = stride == 1 && plane + planeLength + TSimd.Lanes <= inputEnd;
            int column;
            do
            {
                float* target = panel + run->Column;
                int count = run->Count;
                if (run->Pixel == InPadding)
                {
                    for (int j = 0; j < count; j += TSimd.Lanes) TSimd.Store(default, target + j);
                }
                else if (vectors)
                {
                    float* pixel = plane + run->Pixel;
                    for (int j = 0; j < count; j += TSimd.Lanes) TSimd.Store(TSimd.Load(pixel + j), target + j);
                }
                else
                {
                    float* pixel = plane + run->Pixel;
                    int j = 0;
                    for (; j <= count - 4; j += 4, pixel += 4 * stride)
                    {
                        target[j] = pixel[0];
                        target[j + 1] = pixel[stride];
                        target[j + 2] = pixel[2 * stride];
                        target[j + 3] = pixel[3 * stride];
                    }
                    for (; j < count; j++, pixel += stride) target[j] = *pixel;
                }
                column = run->Column + count;
                run++;
            }
            while (column < part.Width);
        }
    }

    /// <summary>Lists the runs of one kernel element; returns the end of the list.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private Run* List(int tap, in PanelPart part, Run* run)
    {
        (int kh, int kw) = Math.DivRem(tap, geometry.Kernel.Width);
        (int oh, int ow) = Math.DivRem(part.FirstColumn, geometry.Output.Width);
        Size2D stride = geometry.Stride;
        int shift = kw * geometry.Dilation.Width - geometry.Padding.Left; // pixel = ow * stride + shift
        (int firstInside, int endInside) = Window.Inside(geometry.Input.Width, geometry.Output.Width, stride.Width, shift);
        int column = 0;
        for (; column < part.Columns; oh++, ow = 0)
        {
            int end = Math.Min(geometry.Output.Width, ow + part.Columns - column);
            int pixelRow = oh * stride.Height + kh * geometry.Dilation.Height - geometry.Padding.Top;
            bool rowInside = (uint)pixelRow < (uint)geometry.Input.Height;
            int first = Math.Clamp(rowInside ? firstInside : end, ow, end), last = Math.Clamp(rowInside ? endInside : end, first, end);
            if (first > ow) *run++ = new Run(column, first - ow, InPadding);
            if (last > first) *run++ = new Run(column + first - ow, last - first, pixelRow * geometry.Input.Width + first * stride.Width + shift);
            if (end > last) *run++ = new Run(column + last - ow, end - last, InPadding);
            column += end - ow;
        }
        if (part.Width > column) *run++ = new Run(column, part.Width - column, InPadding);
        return run;
    }
}
