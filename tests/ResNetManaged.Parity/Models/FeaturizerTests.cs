using Microsoft.ML.OnnxRuntime;
using NUnit.Framework;
using ResNetManaged.Onnx;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Parity.Models;

/// <summary>ML.NET's featurizer, two ONNX files, gives the features that ONNX Runtime computes.</summary>
public sealed class FeaturizerTests
{
    /// <summary>Of the largest feature; 2.3e-6 on 100 photographs.</summary>
    private const double Tolerance = 1e-4;

    [TestCase(1UL)]
    [TestCase(2UL)]
    public void FeaturesEqualThoseOfOnnxRuntime(ulong seed)
    {
        Tensor pixels = Tensor.Uniform([1, 3, 224, 224], new TorchGenerator(seed));
        for (int i = 0; i < pixels.ElementCount; i++) pixels.Span[i] = MathF.Floor(256 * pixels.Span[i]);

        float[] expected = Run(FeaturizerFiles.Network, Run(FeaturizerFiles.Preprocessing, pixels.ReadOnlySpan.ToArray()));
        Tensor input = OnnxFile.Read(FeaturizerFiles.Preprocessing).Forward(pixels).Reshape([1, 3, 224, 224]);
        ReadOnlySpan<float> actual = OnnxFile.Read(FeaturizerFiles.Network).Forward(input).ReadOnlySpan;

        double largest = expected.Max(MathF.Abs);
        Assert.That(actual.Length, Is.EqualTo(expected.Length));
        for (int i = 0; i < expected.Length; i++) Assert.That(actual[i], Is.EqualTo(expected[i]).Within(Tolerance * largest), $"feature {i}");
    }

    private static float[] Run(string file, float[] input)
    {
        using InferenceSession session = new(file);
        using OrtValue value = OrtValue.CreateTensorValueFromMemory(input, [1, 3, 224, 224]);
        using RunOptions options = new();
        using IDisposableReadOnlyCollection<OrtValue> outputs = session.Run(options, [session.InputNames[0]], [value], [session.OutputNames[0]]);
        return outputs[0].GetTensorDataAsSpan<float>().ToArray();
    }
}
