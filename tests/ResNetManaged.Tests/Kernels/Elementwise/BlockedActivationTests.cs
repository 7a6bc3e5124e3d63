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
