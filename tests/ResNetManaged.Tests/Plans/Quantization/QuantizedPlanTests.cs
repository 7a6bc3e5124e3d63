using System.Runtime.InteropServices;
using System.Security.Cryptography;
using NUnit.Framework;
using ResNetManaged.Graphs.Operations;
using ResNetManaged.Kernels.Quantized;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Models;
using ResNetManaged.Plans;
using ResNetManaged.Plans.Quantization;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Plans.Quantization;

/// <summary>Quantized networks give the same bits on every processor, vector width, number of threads and batch.</summary>
public sealed class QuantizedPlanTests
{
    /// <summary>The first digits of the SHA-256 of the logits: the right value on every machine.</summary>
    private static readonly (string Variant, string Hash)[] Hashes =
    [
        ("resnet18", "844E673EC833CDFA"),
        ("resnet50", "A26DAE75E2101882"),
        ("resnext50_32x4d", "5FDDF2087D139A9F"),
        ("cifar_resnet20", "E64959C5F1F0C715"),
    ];

    [TestCaseSource(nameof(Hashes))]
    public void TheLogitsAreTheSameEverywhere((string Variant, string Hash) network)
    {
        ResNet model = Quantized(network.Variant);
        Tensor images = Images(model, count: 3);
        foreach (SimdPath path in SimdDispatch.Accelerated)
        {
            foreach (int threads in (int[])[1, 2])
            {
                CompiledModel compiled = model.Compile(new ExecutionOptions { Simd = path, Threads = threads });
                Tensor logits = compiled.Run(images);
                Assert.That(Hash(logits), Is.EqualTo(network.Hash), $"{path}, {threads} threads");
                Tensor first = compiled.Run(Tensor.FromArray(images.ReadOnlySpan[..(images.ElementCount / 3)].ToArray(), images.Shape.With(0, 1)));
                Assert.That(first.ReadOnlySpan.SequenceEqual(logits.ReadOnlySpan[..model.NumClasses]), Is.True, $"{path}, {threads} threads, alone");
            }
        }
    }

    [Test]
    public void AllStepsButTheBordersWorkOnBytes()
    {
        ResNet model = Quantized("resnet50");
        InferencePlan plan = model.Compile(new ExecutionOptions { Threads = 1 }).PlanFor([1, 3, 64, 64]);
        Assert.That(plan.Program.Steps.Where(step => !step.Node.IsQuantized).Select(step => step.Node.Path), Is.EqualTo(["output"]));
        Assert.That(plan.Program.Steps.Where(step => step.Node.Operation is Conv2dOperation).Select(step => step.Node.Output.Type), Is.All.EqualTo(ElementType.UInt8));
    }

    [Test]
    public void LayersWithoutScalesComputeOnFloatsBetweenConversions()
    {
        ResNet model = Quantized("resnet18", layer => layer is "conv1" or "layer2.1.conv2" or "fc");
        string steps = model.Compile(new ExecutionOptions { Threads = 1 }).PlanFor([1, 3, 64, 64]).ToString();
        Assert.That(steps, Does.Contain("layer2.1.conv2: Conv2d + BatchNorm2d + Add + ReLU"));
        string[] lines = steps.Split('\n');
        int kept = Array.FindIndex(lines, line => line.StartsWith("layer2.1.conv2:", StringComparison.Ordinal));
        Assert.That(lines[kept], Does.Not.Contain("bits"));
        Assert.That(lines[..kept].Count(line => line.EndsWith("bytes to floats", StringComparison.Ordinal)), Is.EqualTo(1), "its shortcut; its input is computed as floats, because nothing else reads it");
        Assert.That(lines[kept + 1], Does.EndWith("floats to bytes"));
        Tensor logits = model.Forward(Images(model, count: 2));
        Assert.That(logits.ReadOnlySpan.ToArray(), Is.All.Matches<float>(float.IsFinite));
    }

    [Test]
    public void ANetworkWhoseParametersChangeComputesOnFloatsAgain()
    {
        ResNet model = Quantized("resnet18");
        Tensor images = Images(model, count: 1);
        Tensor quantized = model.Forward(images);
        Assert.That(model.Quantization, Is.Not.Null);
        model.Head.Bias!.Value = Tensor.Zeros(model.Head.Bias.Shape);
        Assert.That(model.Quantization, Is.Null);
        Tensor expected = model.ForwardReference(images), floats = model.Forward(images);
        // Float kernels differ from the reference by rounding only, far below one step of a byte, 1/255 of the range.
        float largest = expected.ReadOnlySpan.ToArray().Max(MathF.Abs);
        Assert.That(floats.ReadOnlySpan.ToArray(), Is.EqualTo(expected.ReadOnlySpan.ToArray()).Within(1e-4f * largest));
        Assert.That(floats.ReadOnlySpan.SequenceEqual(quantized.ReadOnlySpan), Is.False);
    }

    /// <summary>A random network with ranges and scales that a formula gives, so that they are the same on every machine.</summary>
    private static ResNet Quantized(string variant, Func<string, bool>? staysFloat = null)
    {
        ResNet model = RandomNetwork.Create(variant, mostBlocks: 2, numClasses: 10);
        Dictionary<string, QuantizedRange> ranges = [];
        PlanGraph graph = PlanGraph.From(model.Trace([1, 3, 64, 64]), PlanPurpose.Inference);
        int i = 0;
        foreach (string key in graph.Nodes.Select(node => node.Output.Key).Prepend(graph.Input.Key))
            ranges.Add(key, i++ % 3 == 0 ? new QuantizedRange(0.035f, 70, QuantizedRange.Max8Bits) : new QuantizedRange(0.07f, 31, QuantizedRange.Max7Bits));
        Dictionary<StateTensor, WeightScales> weights = [];
        foreach (PlanNode node in graph.Nodes.Where(node => node.Operation is Conv2dOperation or LinearOperation && staysFloat?.Invoke(node.Path) != true))
        {
            Parameter weight = node.Operation is Conv2dOperation convolution ? convolution.Weight : ((LinearOperation)node.Operation!).Weight;
            int max = i++ % 3 == 0 ? QuantizedWeights.Max8Bits : QuantizedWeights.Max7Bits, length = weight.Shape.ElementCount / weight.Shape[0];
            float[] scales = new float[weight.Shape[0]], rounded = weight.Value.ReadOnlySpan.ToArray();
            for (int c = 0; c < scales.Length; c++)
            {
                Span<float> channel = rounded.AsSpan(c * length, length);
                scales[c] = System.Numerics.Tensors.TensorPrimitives.MaxMagnitude<float>(channel);
                scales[c] = Math.Abs(scales[c]) / max;
                foreach (ref float value in channel) value = QuantizedWeights.Integer(value, scales[c]) * scales[c];
            }
            weight.Value = Tensor.FromArray(rounded, weight.Shape);
            weights.Add(weight, new WeightScales(scales, max));
        }
        model.Quantize(new NetworkQuantization(ranges, weights));
        return model;
    }

    private static Tensor Images(ResNet model, int count)
    {
        int side = model.UsualSide < 64 ? 32 : 65;
        return Tensor.Uniform([count, 3, side, side], new TorchGenerator(3), -2, 2);
    }

    private static string Hash(Tensor tensor) => Convert.ToHexString(SHA256.HashData(MemoryMarshal.AsBytes(tensor.ReadOnlySpan)))[..16];
}
