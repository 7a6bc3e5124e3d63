using NUnit.Framework;
using ResNetManaged.Layers;
using ResNetManaged.Models;
using ResNetManaged.Parity.Support;
using ResNetManaged.Tensors;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Parity.Models;

/// <summary>Compares whole networks with ONNX Runtime; needs no LibTorch.</summary>
public sealed class OnnxRuntimeTests
{
    [TestCase("resnet18")]
    [TestCase("resnet50")]
    [TestCase("textbook_resnet34")]
    [TestCase("cifar_resnet20")]
    public void EvaluationAgrees(string name)
    {
        ConditionedNetwork conditioned = new(name);
        ResNet network = conditioned.Network;
        network.Train().Forward(conditioned.Training);
        conditioned.Calibrate();
        network.Eval();
        Tensor input = conditioned.Fresh;
        double[] expected = OnnxRuntimeOracle.Run(network.Trace(input.Shape), input);
        double tolerance = RelativeTolerance(network) * expected.Max(Math.Abs);
        Agreement agreement = new($"{name}, ONNX Runtime");
        agreement.AssertWithin(network.Forward(input), expected, [.. Enumerable.Repeat(tolerance, expected.Length)], "logits");
        agreement.Report();
    }

    /// <summary>
    /// With random signs the error of a convolution of K terms grows like sqrt(K) roundings, and that of L consecutive, normalized convolutions
    /// like sqrt(L) times that. Both results have this error.
    /// </summary>
    private static double RelativeTolerance(ResNet network)
    {
        Conv2d[] convolutions = [.. network.NamedModules().Select(entry => entry.Module).OfType<Conv2d>()];
        int largest = convolutions.Max(convolution => convolution.Weight.Shape.ElementCount / convolution.OutChannels);
        return 2 * Math.Sqrt(convolutions.Length) * Math.Sqrt(largest) * Close.UnitRoundoff;
    }
}
