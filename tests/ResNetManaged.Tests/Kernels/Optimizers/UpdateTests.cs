using NUnit.Framework;
using ResNetManaged.Kernels.Optimizers;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Tensors;
using ResNetManaged.Tests.Kernels.Threading;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Kernels.Optimizers;

/// <summary>The update kernels agree on every vector width and length; the optimizers' own tests check the results.</summary>
public sealed class UpdateTests
{
    private static readonly SgdStep Momentum = new(0.1f, 0.9f, 0.01f, Nesterov: false);
    private static readonly AdamWStep Adam = new(0.999f, 0.1f, 0.999f, 0.001f, 3f, 1e-8f, 0.01f);

    /// <summary>
    /// Widths differ only in fused multiply-adds: up to four in sequence, with magnitudes of up to 4 (Nesterov) or 0.1 / sqrt(s) times the arguments';
    /// s is at least 0.01 here.
    /// </summary>
    private const double Tolerance = 4 * 4 * 2 * Close.UnitRoundoff;

    private delegate void Update(ReadOnlySpan<float> gradient, Span<float> first, Span<float> second, Span<float> third, SimdPath path);

    [TestCaseSource(typeof(Rungs), nameof(Rungs.All))]
    public void SgdEqualsTheScalarCode(SimdPath path) =>
        ComparePaths((gradient, weight, velocity, _, p) => SgdUpdate.Run(Momentum, gradient, weight, velocity, p), path);

    [TestCaseSource(typeof(Rungs), nameof(Rungs.All))]
    public void NesterovEqualsTheScalarCode(SimdPath path) =>
        ComparePaths((gradient, weight, velocity, _, p) => SgdUpdate.Run(Momentum with { Nesterov = true }, gradient, weight, velocity, p), path);

    [TestCaseSource(typeof(Rungs), nameof(Rungs.All))]
    public void SgdWithoutMomentumEqualsTheScalarCode(SimdPath path) =>
        ComparePaths((gradient, weight, _, _, p) => SgdUpdate.Run(Momentum, gradient, weight, [], p), path);

    [TestCaseSource(typeof(Rungs), nameof(Rungs.All))]
    public void AdamWEqualsTheScalarCode(SimdPath path) =>
        ComparePaths((gradient, weight, mean, square, p) => AdamWUpdate.Run(Adam, gradient, weight, mean, square, p), path);

    [TestCaseSource(typeof(Rungs), nameof(Rungs.All))]
    public void TheAverageEqualsTheScalarCode(SimdPath path) =>
        ComparePaths((value, average, _, _, p) => AverageUpdate.Run(0.25f, value, average, p), path);

    [Test]
    public void NaNAffectsOnlyItsOwnElement()
    {
        float[] gradient = new float[40], weight = new float[40], mean = new float[40], square = new float[40];
        gradient[5] = float.NaN;
        AdamWUpdate.Run(Adam, gradient, weight, mean, square, SimdDispatch.Resolve(SimdPath.Auto));
        Assert.That(weight.Select(float.IsNaN).Count(isNaN => isNaN), Is.EqualTo(1));
        Assert.That(weight[5], Is.NaN);
    }

    [Test]
    public void RejectsWrongLengths()
    {
        Assert.That(() => SgdUpdate.Run(Momentum, new float[3], new float[4], [], SimdPath.Scalar),
            Throws.TypeOf<ShapeMismatchException>().With.Message.EqualTo("Sgd: weight has 4 elements; expected 3."));
        Assert.That(() => SgdUpdate.Run(Momentum, new float[3], new float[3], new float[2], SimdPath.Scalar), Throws.TypeOf<ShapeMismatchException>());
        Assert.That(() => AdamWUpdate.Run(Adam, new float[3], new float[3], new float[3], new float[2], SimdPath.Scalar),
            Throws.TypeOf<ShapeMismatchException>().With.Message.EqualTo("AdamW: square has 2 elements; expected 3."));
        Assert.That(() => AverageUpdate.Run(1, new float[3], new float[2], SimdPath.Scalar), Throws.TypeOf<ShapeMismatchException>());
    }

    [Test]
    public void ATeamUpdatesEachElementOnce([Values(1, 2, 3)] int threads)
    {
        using TeamBudget budget = new(threads);
        int[][] arrays = [new int[1_000_000], [], new int[7], new int[1], new int[600_003]];
        ArrayTeam team = new(arrays.Select(array => array.Length), (index, start, count) =>
        {
            for (int i = start; i < start + count; i++) arrays[index][i]++;
        });
        for (int i = 0; i < 3; i++) team.Run(threads);
        Assert.That(arrays.SelectMany(array => array).All(count => count == 3), Is.True);
    }

    private static void ComparePaths(Update update, SimdPath path)
    {
        foreach (int length in Enumerable.Range(0, 70).Append(257))
        {
            float[] gradient = Numbers.Random(length, 1), square = [.. Numbers.Random(length, 2).Select(value => value * value + 0.01f)];
            float[][] expected = [Numbers.Random(length, 3), Numbers.Random(length, 4), [.. square]];
            Guarded[] actual = [.. expected.Select(values => new Guarded(values))];
            update(gradient, expected[0], expected[1], expected[2], SimdPath.Scalar);
            update(gradient, actual[0].Span, actual[1].Span, actual[2].Span, path);
            for (int i = 0; i < expected.Length; i++)
            {
                actual[i].AssertIntact();
                Close.AssertWithin(actual[i].Span, [.. expected[i].Select(value => (double)value)], [.. expected[i].Select(_ => 1.0)], Tolerance,
                    $"array {i} of length {length}");
            }
        }
    }
}
