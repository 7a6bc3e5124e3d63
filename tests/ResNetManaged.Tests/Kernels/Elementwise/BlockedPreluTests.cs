using NUnit.Framework;
using ResNetManaged.Kernels.Elementwise;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Kernels.Threading;
using ResNetManaged.Tensors;
using ResNetManaged.Tests.Reference;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Kernels.Elementwise;

/// <summary>PReLU with one slope per channel, and its gradients, equal the definition.</summary>
public sealed class BlockedPreluTests
{
    [TestCaseSource(typeof(Rungs), nameof(Rungs.All))]
    public void EqualsTheDefinition(SimdPath path)
    {
        foreach ((int images, int channels, Size2D size) in ((int, int, Size2D)[])[(1, 16, (1, 1)), (2, 3, (5, 4)), (3, 40, (3, 7)), (4, 17, (8, 1))])
            SimdDispatch.Run(path, new Comparison(images, channels, size));
    }

    private readonly unsafe struct Comparison(int images, int channels, Size2D size) : ISimdAction
    {
        public void Invoke<TSimd, TVector>()
            where TSimd : struct, ISimd<TVector>
            where TVector : struct
        {
            float[] x = Numbers.Random(images * channels * size.Area, 1), dy = Numbers.Random(x.Length, 2), slopes = Numbers.Random(channels, 3);
            (x[0], x[^1]) = (0f, -0f); // at the kink, the negative side's slope applies
            float[] y = new float[x.Length], dx = new float[x.Length];
            ReferenceSum sums = new(channels), all = new(1);
            for (int i = 0; i < x.Length; i++)
            {
                int c = i / size.Area % channels;
                y[i] = x[i] > 0 ? x[i] : x[i] * slopes[c];
                dx[i] = x[i] > 0 ? dy[i] : dy[i] * slopes[c];
                if (x[i] > 0) continue;
                sums.Add(c, dy[i] * (double)x[i]);
                all.Add(0, dy[i] * (double)x[i]);
            }
            BlockedLayout a = new(channels, size, new Halo(1, 2, 1, 1)), b = new(channels, size, new Halo(0, 1, 2, 1));
            BlockedImages input = new(a, images, x), gradient = new(b, images, dy);
            PinnedMemory padded = new(a.Blocks * ChannelBlock.Size);
            padded.Span.Clear();
            slopes.CopyTo(padded.Span);
            float[]? same = null, sameOfAll = null;
            foreach (int threads in (int[])[1, 2, 3, 5])
            {
                string what = $"{threads} threads, {images} images of {channels} channels, {size}";
                BlockedImages output = new(b, images), inputGradient = new(a, images);
                PinnedMemory partials = new(SlopePartials.Length(images, channels)), slopeGradients = new(channels), onlyGradient = new([1f]);
                for (int t = 0; t < threads; t++)
                {
                    WorkShare share = new(t, threads);
                    BlockedPrelu<TSimd, TVector>.Run(images, input.View, padded.Pointer, output.View, share);
                    BlockedPrelu<TSimd, TVector>.Gradient(images, input.View, padded.Pointer, new BlockedGradient(gradient.View), inputGradient.View,
                        partials.Pointer, share);
                }
                for (int t = 0; t < threads; t++)
                {
                    SlopePartials.Combine(images, channels, partials.Pointer, channels, adds: false, slopeGradients.Pointer, new WorkShare(t, threads));
                    SlopePartials.Combine(images, channels, partials.Pointer, 1, adds: true, onlyGradient.Pointer, new WorkShare(t, threads));
                }
                partials.AssertIntact(what);
                slopeGradients.AssertIntact(what);
                Close.AssertSameBits(output.Written(what), y, what);
                Close.AssertSameBits(inputGradient.WrittenWithHalo(what), dx, what);
                Close.AssertSameBits(slopeGradients.Span, same ??= slopeGradients.Span.ToArray(), what);
                Close.AssertSameBits(onlyGradient.Span, sameOfAll ??= onlyGradient.Span.ToArray(), what);
                Close.AssertWithin(same, sums.Value, sums.Magnitude, Close.SumTolerance(size.Height + size.Width), what);
                Close.AssertWithin(sameOfAll, [all.Value[0] + 1], [all.Magnitude[0] + 1], Close.SumTolerance(size.Height + size.Width + 1), what);
            }
            BlockedPrelu<TSimd, TVector>.Gradient(images, input.View, padded.Pointer, new BlockedGradient(gradient.View), gradient.View, null, WorkShare.All);
            Close.AssertSameBits(gradient.WrittenWithHalo("dx over dy"), dx, "dx over dy");
        }
    }
}
