using NUnit.Framework;
using ResNetManaged.Kernels.Elementwise;
using ResNetManaged.Kernels.Elementwise.Activations;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Kernels.Threading;
using ResNetManaged.Tensors;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Kernels.Elementwise;

/// <summary>Elementwise functions on blocked activations, and their gradients, are within a few roundings of the definition in double.</summary>
public sealed class BlockedActivationTests
{
    private const double U = Close.UnitRoundoff, SmallestNormal = 1.1754943508222875e-38;

    private static readonly int[] ThreadCounts = [1, 2, 3, 5];

    /// <summary>
    /// 4.5 u, as derived in <see cref="SigmoidFunction"/>. The derivative is the exponential (2.5 u) times the square of a quotient (3.25 u), in two
    /// products.
    /// </summary>
    [TestCaseSource(typeof(Rungs), nameof(Rungs.All))]
    public void TheSigmoidEqualsItsDefinition(SimdPath path) => Check(path, default(SigmoidFunction),
        x => 4.5 * U * Sigmoid(x) + SmallestNormal,
        x => (2.5 + 2 * 3.25 + 2) * U * Sigmoid(x) * Sigmoid(-x) + SmallestNormal);

    /// <summary>One product more than the sigmoid. The derivative is s (1 + x s'), with s and s' off by at most 6.75 u, in two products and a sum.</summary>
    [TestCaseSource(typeof(Rungs), nameof(Rungs.All))]
    public void SiluEqualsItsDefinition(SimdPath path) => Check(path, default(SiluFunction),
        x => Math.Abs(x) * (5.5 * U * Sigmoid(x) + SmallestNormal),
        x => (2 * 6.75 + 3) * U * Sigmoid(x) * (1 + Math.Abs(x) * Sigmoid(-x)) + (1 + Math.Abs(x)) * SmallestNormal);

    /// <summary>A sum and a quotient; the derivative is a constant.</summary>
    [TestCaseSource(typeof(Rungs), nameof(Rungs.All))]
    public void TheHardSigmoidEqualsItsDefinition(SimdPath path) =>
        Check(path, default(HardsigmoidFunction), x => 2 * U * Math.Abs(default(HardsigmoidFunction).Apply(x)) + U, _ => U);

    /// <summary>One product more than the hard sigmoid; the derivative is a quotient and a sum of at most 1.5.</summary>
    [TestCaseSource(typeof(Rungs), nameof(Rungs.All))]
    public void TheHardSwishEqualsItsDefinition(SimdPath path) =>
        Check(path, default(HardswishFunction), x => 4 * U * Math.Abs(x), _ => 3 * U);

    [TestCaseSource(typeof(Rungs), nameof(Rungs.All))]
    public void ClippingIsExact(SimdPath path)
    {
        foreach ((float smallest, float largest) in ((float, float)[])[(0, 6), (-1, 1), (0.5f, 2), (-3, -2)]) // zero need not be in the range
            Check(path, new ClipFunction(smallest, largest), _ => 0, _ => 0);
    }

    [TestCaseSource(typeof(Rungs), nameof(Rungs.All))]
    public void LeakyReluEqualsItsDefinition(SimdPath path) =>
        Check(path, new LeakyReluFunction(0.01f), x => x > 0 ? 0 : U * 0.01 * Math.Abs(x), _ => 0);

    /// <summary>
    /// 14 |x| u, as derived in <see cref="GeluFunction"/>. The derivative adds half of erf's error and a rounding, 13 u, to x times the density, at most
    /// 0.25: its exponential is off by 2.5 u and by its argument's rounding times the argument, of which |x| times the density is at most 0.25 too.
    /// </summary>
    [TestCaseSource(typeof(Rungs), nameof(Rungs.All))]
    public void GeluEqualsItsDefinition(SimdPath path) => Check(path, default(GeluFunction),
        x => 14 * U * Math.Abs(x), _ => (13 + 0.25 * (2.5 + 3) + 2 * 0.25 + 1.2) * U);

    /// <summary>
    /// The sigmoid's 4.5 u and a product, and what 5 roundings of z change. The derivative adds x times a polynomial of two more roundings and the derivative
    /// of the sigmoid, with 11 u, to the sigmoid; the slope of ln(sigmoid'(z)) is at most 1.
    /// </summary>
    [TestCaseSource(typeof(Rungs), nameof(Rungs.All))]
    public void TheApproximationOfGeluEqualsItsDefinition(SimdPath path)
    {
        static double Z(double x) => 1.5957691216057308 * (x + 0.044715 * x * x * x);
        static double Slope(double x) => Math.Abs(x) * 1.5957691216057308 * (1 + 3 * 0.044715 * x * x);
        static double Both(double x) => Sigmoid(Z(x)) * Sigmoid(-Z(x));
        Check(path, default(GeluTanhFunction),
            x => Math.Abs(x) * (Sigmoid(Z(x)) * (5.5 + (Math.Abs(x) < 20 ? 5 * Math.Abs(Z(x)) * Sigmoid(-Z(x)) : 0)) * U + SmallestNormal),
            x => Math.Abs(x) >= 20 ? U : ((5.5 + 5 * Math.Abs(Z(x)) * Sigmoid(-Z(x))) * Sigmoid(Z(x)) + Slope(x) * Both(x) * (11 + 6 + 5 * Math.Abs(Z(x)))) * U
                + (1 + Slope(x)) * SmallestNormal);
    }

    /// <summary>6 u, of which the exponential's 2.5 u are halved. The derivative is four times that of the sigmoid, of twice the argument.</summary>
    [TestCaseSource(typeof(Rungs), nameof(Rungs.All))]
    public void TanhEqualsItsDefinition(SimdPath path) => Check(path, default(TanhFunction),
        _ => 6 * U, x => 4 * ((2.5 + 2 * 3.25 + 2) * U * Sigmoid(2 * x) * Sigmoid(-2 * x) + SmallestNormal));

    /// <summary>The exponential's 2.5 u, a difference and a product; the derivative is the exponential and a product.</summary>
    [TestCaseSource(typeof(Rungs), nameof(Rungs.All))]
    public void EluEqualsItsDefinition(SimdPath path)
    {
        foreach (float alpha in (float[])[1, 0.5f])
            Check(path, new EluFunction(alpha), x => x > 0 ? 0 : 5 * U * alpha, x => x > 0 ? 0 : alpha * (3.5 * U * Math.Exp(x) + SmallestNormal));
    }

    /// <summary>10 u, as derived in <see cref="SoftplusFunction"/>; the derivative is the sigmoid.</summary>
    [TestCaseSource(typeof(Rungs), nameof(Rungs.All))]
    public void SoftplusEqualsItsDefinition(SimdPath path) => Check(path, default(SoftplusFunction),
        x => 10 * U * default(SoftplusFunction).Apply(x) + SmallestNormal, x => 4.5 * U * Sigmoid(x) + SmallestNormal);

    /// <summary>
    /// 10 u, as derived in <see cref="MishFunction"/>. The derivative's second term is a product of two exponentials, with 5 u, two quotients by d, with
    /// 2 * 7.4 u, and four more roundings.
    /// </summary>
    [TestCaseSource(typeof(Rungs), nameof(Rungs.All))]
    public void MishEqualsItsDefinition(SimdPath path) => Check(path, default(MishFunction),
        x => 10 * U * Math.Abs(default(MishFunction).Apply(x)) + 3 * Math.Abs(x) * SmallestNormal,
        x => (10 * Math.Tanh(default(SoftplusFunction).Apply(x)) + 25 * Math.Abs(x) * Sigmoid(x) / Math.Pow(Math.Cosh(Math.Min(100, default(SoftplusFunction).Apply(x))), 2)) * U
            + (3 + 5 * Math.Abs(x)) * SmallestNormal);

    /// <summary>A product and a sum, before clipping.</summary>
    [TestCaseSource(typeof(Rungs), nameof(Rungs.All))]
    public void AClippedLineEqualsItsDefinition(SimdPath path)
    {
        foreach ((float alpha, float beta) in ((float, float)[])[(0.2f, 0.5f), (1f / 6, 0.5f), (0.25f, 0.375f)])
            Check(path, new ClippedLineFunction(alpha, beta), x => Math.Min(1, 2 * U * (alpha * Math.Abs(x) + beta)), _ => 0);
    }

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    /// <summary>Compares f and f' with their definitions.</summary>
    /// <param name="path">The vector width.</param>
    /// <param name="function">f.</param>
    /// <param name="error">The error bound of f(x).</param>
    /// <param name="derivativeError">The error bound of f'(x).</param>
    private static void Check<TFunction>(SimdPath path, TFunction function, Converter<double, double> error, Converter<double, double> derivativeError)
        where TFunction : struct, IActivationFunction
    {
        foreach ((int images, int channels, Size2D size) in ((int, int, Size2D)[])[(1, 16, (1, 1)), (2, 3, (5, 4)), (3, 40, (3, 7)), (1, 33, (1, 13))])
        {
            float[] x = Arguments(images * channels * size.Area), dy = Numbers.Random(x.Length, 2);
            double[] arguments = Array.ConvertAll(x, value => (double)value);
            double[] value = Array.ConvertAll(arguments, function.Apply), derivative = Array.ConvertAll(arguments, function.Derivative);
            BlockedLayout from = new(channels, size, new Halo(1, 2, 1, 1)), to = new(channels, size, new Halo(0, 1, 2, 1));
            BlockedImages input = new(from, images, x);
            SimdDispatch.Run(path, new Forward<TFunction>(function, images, input, to, value, Array.ConvertAll(arguments, error)));

            double[] inputGradient = [.. derivative.Zip(dy, (d, g) => d * g)];
            double[] tolerance = [.. arguments.Zip(derivative, (a, d) => derivativeError(a) + U * Math.Abs(d)).Zip(dy, (t, g) => t * Math.Abs(g))];
            BlockedImages gradient = new(to, images, dy);
            SimdDispatch.Run(path, new Gradient<TFunction>(function, images, input, gradient, from, inputGradient, tolerance));
        }
    }

    /// <summary>Numbers from a thousandth to a thousand, of both signs, and special values.</summary>
    private static float[] Arguments(int length)
    {
        float[] x = Numbers.Random(length, 1);
        for (int i = 0; i < x.Length; i++) x[i] *= MathF.Pow(10, i % 6 - 2);
        float[] special = [float.NaN, 0f, -0f, -87.5f, -104f, 88f, 3f, -3f, 6f];
        for (int i = 0; i < Math.Min(special.Length, length / 2); i++) x[2 * i] = special[i];
        return x;
    }

    private readonly struct Forward<TFunction>(
        TFunction function, int images, BlockedImages input, BlockedLayout to, double[] expected, double[] tolerance) : ISimdAction
        where TFunction : struct, IActivationFunction
    {
        public void Invoke<TSimd, TVector>()
            where TSimd : struct, ISimd<TVector>
            where TVector : struct
        {
            foreach (int threads in ThreadCounts)
            {
                BlockedImages output = new(to, images);
                for (int t = 0; t < threads; t++)
                    BlockedActivation<TSimd, TVector, TFunction>.Run(images, function, input.View, output.View, new WorkShare(t, threads));
                string what = $"{threads} threads, {images} images of {to.Channels} channels, {to.Size}";
                Close.AssertWithin(output.Written(what), expected, tolerance, 1, what);
            }
        }
    }

    private readonly struct Gradient<TFunction>(TFunction function, int images, BlockedImages input, BlockedImages gradient, BlockedLayout to,
        double[] expected, double[] tolerance) : ISimdAction
        where TFunction : struct, IActivationFunction
    {
        public void Invoke<TSimd, TVector>()
            where TSimd : struct, ISimd<TVector>
            where TVector : struct
        {
            foreach (int threads in ThreadCounts)
            {
                BlockedImages inputGradient = new(to, images);
                for (int t = 0; t < threads; t++)
                {
                    BlockedActivation<TSimd, TVector, TFunction>.Gradient(images, function, input.View, new BlockedGradient(gradient.View),
                        inputGradient.View, new WorkShare(t, threads));
                }
                string what = $"{threads} threads, gradient of {images} images of {to.Channels} channels, {to.Size}";
                Close.AssertWithin(inputGradient.WrittenWithHalo(what), expected, tolerance, 1, what);
            }
        }
    }
}
