using NUnit.Framework;
using ResNetManaged.Kernels.Reference;
using ResNetManaged.Tensors;
using ResNetManaged.Tests.Reference;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Kernels.Reference;

public sealed class LinearTests
{
    [Test]
    public void EqualsTheDefinition([Values(0, 1, 2, 9)] int batch, [Values(1, 64, 513)] int inFeatures, [Values(1, 10, 101)] int outFeatures,
        [Values] bool withBias)
    {
        float[] x = Numbers.Random(batch * inFeatures, 1), weight = Numbers.Random(outFeatures * inFeatures, 2);
        float[] bias = withBias ? Numbers.Random(outFeatures, 3) : [];
        ReferenceSum expected = new(batch * outFeatures);
        for (int n = 0; n < batch; n++)
        {
            for (int o = 0; o < outFeatures; o++)
            {
                if (withBias) expected.Add(n * outFeatures + o, bias[o]);
                for (int i = 0; i < inFeatures; i++) expected.Add(n * outFeatures + o, (double)x[n * inFeatures + i] * weight[o * inFeatures + i]);
            }
        }
        Guarded y = new(batch * outFeatures);
        LinearForward.Run(batch, inFeatures, outFeatures, x, weight, bias, y.Span, ExecutionOptions.Default);
        y.AssertIntact();
        Close.AssertWithin(y.Span, expected.Value, expected.Magnitude, Close.SumTolerance(inFeatures + 1), "linear");
    }

    [Test]
    public void ARowDoesNotDependOnItsBatch()
    {
        float[] x = Numbers.Random(5 * 300, 1), weight = Numbers.Random(70 * 300, 2), together = new float[5 * 70], alone = new float[70];
        LinearForward.Run(5, 300, 70, x, weight, [], together, ExecutionOptions.Default);
        LinearForward.Run(1, 300, 70, x.AsSpan(3 * 300, 300), weight, [], alone, ExecutionOptions.Default);
        Close.AssertSameBits(together.AsSpan(3 * 70, 70), alone, "row 3");
    }

    [Test]
    public void RejectsWrongLengths() =>
        Assert.That(() => LinearForward.Run(2, 3, 4, new float[6], new float[11], [], new float[8], ExecutionOptions.Default),
            Throws.TypeOf<ShapeMismatchException>().With.Message.EqualTo("Linear: weight has 11 elements; expected 12."));
}
