using NUnit.Framework;
using ResNetManaged.Graphs;
using ResNetManaged.Layers;
using ResNetManaged.Tensors;
using ResNetManaged.Tests.Reference;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Plans;

/// <summary>Checks that a plan computes its graph as close to double precision as the reference executor does, up to Winograd's error growth.</summary>
internal static class Agreement
{
    /// <summary>Checks a module's plans of both precisions on one input.</summary>
    public static void Check(Module module, Tensor input, SimdPath simd = SimdPath.Auto, int threads = 2)
    {
        Graph graph = module.Trace(input.Shape);
        double[] exact = ReferenceNetwork.Run(graph, input);
        Tensor reference = module.ForwardReference(input);
        foreach (Precision precision in Enum.GetValues<Precision>())
        {
            ExecutionOptions options = new() { Precision = precision, Simd = simd, Threads = threads };
            Tensor output = module.Compile(options).Run(input);
            Assert.That(output.Shape, Is.EqualTo(graph.Output.Shape));
            AssertClose(output.ReadOnlySpan, exact, Tolerance(reference.ReadOnlySpan, exact, precision), $"{precision}, {simd}, input {input.Shape}");
        }
    }

    /// <summary>As <see cref="GoldenTensors.Tolerance"/>, with the reference's distance from double instead of PyTorch's.</summary>
    public static double Tolerance(ReadOnlySpan<float> reference, double[] exact, Precision precision)
    {
        double difference = 0, largest = 0;
        for (int i = 0; i < exact.Length; i++)
        {
            if (!double.IsFinite(exact[i])) continue;
            difference = Math.Max(difference, Math.Abs(reference[i] - exact[i]));
            largest = Math.Max(largest, Math.Abs(exact[i]));
        }
        return GoldenTensors.ErrorRatio * GoldenTensors.Growth(precision) * difference + 2 * Close.UnitRoundoff * largest;
    }

    public static void AssertClose(ReadOnlySpan<float> actual, double[] exact, double tolerance, string what)
    {
        Assert.That(actual.Length, Is.EqualTo(exact.Length), what);
        for (int i = 0; i < exact.Length; i++)
        {
            bool same = double.IsFinite(exact[i]) ? Math.Abs(actual[i] - exact[i]) <= tolerance : actual[i].Equals((float)exact[i]);
            if (!same) Assert.Fail($"{what}: element {i} is {actual[i]:R}, expected {exact[i]:R} within {tolerance:E2}.");
        }
    }
}
