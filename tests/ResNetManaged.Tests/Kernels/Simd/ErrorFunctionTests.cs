using NUnit.Framework;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Tests.Reference;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Kernels.Simd;

public sealed unsafe class ErrorFunctionTests
{
    /// <summary>The error bound that <see cref="ErrorFunction{TSimd, TVector}"/> promises.</summary>
    private const double Relative = 24 * Close.UnitRoundoff;

    private const double SmallestNormal = 1.1754943508222875e-38;

    [TestCaseSource(typeof(Rungs), nameof(Rungs.All))]
    public void TheRelativeErrorIsWithinItsBound(SimdPath path)
    {
        float[] x = Arguments(), y = Run(path, x);
        double worst = 0;
        for (int i = 0; i < x.Length; i++)
        {
            double exact = ReferenceErrorFunction.Of(x[i] / Math.Sqrt(2));
            if (Math.Abs(exact) < SmallestNormal)
            {
                // A number that is not normal has fewer digits.
                Assert.That(y[i], Is.EqualTo(exact).Within(2 * float.Epsilon), $"erf({x[i]:R} / sqrt(2))");
                continue;
            }
            double error = Math.Abs(y[i] - exact) / Math.Abs(exact);
            if (error > worst) worst = error;
            Assert.That(error, Is.LessThan(Relative), $"erf({x[i]:R} / sqrt(2)) is {y[i]:R}");
        }
        TestContext.Out.WriteLine($"{x.Length} arguments, largest relative error {worst / Close.UnitRoundoff:F2} * 2^-24");
    }

    [TestCaseSource(typeof(SimdDispatch), nameof(SimdDispatch.Accelerated))]
    public void EveryWidthGivesTheBitsOfScalarCode(SimdPath path)
    {
        float[] x = Arguments();
        Close.AssertSameBits(Run(path, x), Run(SimdPath.Scalar, x), $"{path}");
    }

    [TestCaseSource(typeof(Rungs), nameof(Rungs.All))]
    public void SpecialArgumentsGiveExactResults(SimdPath path) =>
        Assert.That(Run(path, [0f, float.PositiveInfinity, float.NegativeInfinity, float.NaN, 6f, -6f, float.MaxValue, float.MinValue]),
            Is.EqualTo(new[] { 0f, 1f, -1f, float.NaN, 1f, -1f, 1f, -1f }));

    [Test]
    public void TheDoubleFunctionEqualsItsOtherFormulas()
    {
        for (double x = -7; x <= 7; x += 1.0 / 64)
            Assert.That(ErrorFunction.Of(x), Is.EqualTo(ReferenceErrorFunction.Of(x)).Within(1e-12), $"erf({x})"); // the reference's series cancels four digits
        Assert.That(ErrorFunction.Of(double.NaN), Is.NaN);
    }

    /// <summary>Every 3989th float from 2^-126 to 8, of both signs: all binades.</summary>
    private static float[] Arguments()
    {
        List<float> arguments = [];
        int first = BitConverter.SingleToInt32Bits(1.17549435e-38f), last = BitConverter.SingleToInt32Bits(8f);
        for (int bits = first; bits < last; bits += 3989) arguments.AddRange([BitConverter.Int32BitsToSingle(bits), -BitConverter.Int32BitsToSingle(bits)]);
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
                TSimd.Store(ErrorFunction<TSimd, TVector>.OfNormal(TSimd.Load(x)), y);
                for (int lane = 0; lane < TSimd.Lanes && i + lane < length; lane++) target[i + lane] = y[lane];
            }
        }
    }
}
