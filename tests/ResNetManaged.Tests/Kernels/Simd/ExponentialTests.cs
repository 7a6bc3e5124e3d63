using NUnit.Framework;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Kernels.Simd;

public sealed unsafe class ExponentialTests
{
    /// <summary>The error bound that <see cref="Exponential{TSimd, TVector}"/> promises.</summary>
    private const double Relative = 2.5 * Close.UnitRoundoff;

    private const double SmallestNormal = 1.1754943508222875e-38;

    [TestCaseSource(typeof(Rungs), nameof(Rungs.All))]
    public void TheRelativeErrorIsWithinItsBound(SimdPath path)
    {
        float[] x = Arguments(), y = Run(path, x);
        double worst = 0;
        for (int i = 0; i < x.Length; i++)
        {
            double exact = Math.Exp(x[i]), error = Math.Abs(y[i] - exact) / exact;
            if (exact < SmallestNormal)
            {
                Assert.That(y[i], Is.Zero.Or.EqualTo((float)SmallestNormal), $"exp({x[i]:R})"); // the argument may be just above the rounded underflow limit
                continue;
            }
            if (error > worst) worst = error;
            Assert.That(error, Is.LessThan(Relative), $"exp({x[i]:R}) is {y[i]:R}");
        }
        TestContext.Out.WriteLine($"{x.Length} arguments, largest relative error {worst / Close.UnitRoundoff:F2} * 2^-24");
    }

    [TestCaseSource(typeof(Rungs), nameof(Rungs.All))]
    public void EveryWidthGivesTheBitsOfScalarCode(SimdPath path)
    {
        float[] x = Arguments();
        Close.AssertSameBits(Run(path, x), Run(SimdPath.Scalar, x), $"{path}");
    }

    [TestCaseSource(typeof(Rungs), nameof(Rungs.All))]
    public void SpecialArgumentsGiveExactResults(SimdPath path) =>
        Assert.That(Run(path, [0f, -0f, float.NegativeInfinity, float.NaN, -float.Epsilon, -1000f, float.MinValue]),
            Is.EqualTo(new[] { 1f, 1f, 0f, float.NaN, 1f, 0f, 0f }));

    /// <summary>Every 997th float from -0 to -110: all binades, more than a million numbers.</summary>
    private static float[] Arguments()
    {
        List<float> arguments = [];
        int last = BitConverter.SingleToInt32Bits(110f);
        for (int bits = 0; bits < last; bits += 997) arguments.Add(-BitConverter.Int32BitsToSingle(bits));
        return [.. arguments];
    }

    private static float[] Run(SimdPath path, float[] x)
    {
        PinnedMemory source = new(x), target = new(x.Length);
        SimdDispatch.Run(path, new Computation(source.Pointer, target.Pointer, x.Length));
        return target.Span.ToArray();
    }

    private readonly struct Computation(float* source, float* target, int length) : ISimdAction
    {
        public void Invoke<TSimd, TVector>()
            where TSimd : struct, ISimd<TVector>
            where TVector : struct
        {
            // A last vector that is not full repeats the last number.
            float* x = stackalloc float[16], y = stackalloc float[16];
            for (int i = 0; i < length; i += TSimd.Lanes)
            {
                for (int lane = 0; lane < TSimd.Lanes; lane++) x[lane] = source[Math.Min(i + lane, length - 1)];
                TSimd.Store(Exponential<TSimd, TVector>.OfNonPositive(TSimd.Load(x)), y);
                for (int lane = 0; lane < TSimd.Lanes && i + lane < length; lane++) target[i + lane] = y[lane];
            }
        }
    }
}
