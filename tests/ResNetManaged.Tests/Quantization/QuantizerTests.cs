using NUnit.Framework;
using ResNetManaged.Inference;
using ResNetManaged.Models;
using ResNetManaged.Quantization;
using ResNetManaged.Serialization;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Quantization;

public sealed class QuantizerTests
{
    private static readonly TorchGenerator Generator = new(8);

    /// <summary>
    /// The error of a rounded activation is uniform over a step, so 8 bits of a range of about five standard deviations have 20 log10(255 / 5 * sqrt(12)) = 45 dB
    /// of signal to noise, 7 bits 39; a dozen layers in a row add their noises, which costs 10 log10(12) = 11 dB.
    /// </summary>
    [TestCase("resnet18", QuantizedBits.Eight, 30)]
    [TestCase("resnet18", QuantizedBits.Seven, 24)]
    [TestCase("resnet18", QuantizedBits.Auto, 26)]
    [TestCase("resnet50", QuantizedBits.Eight, 30)]
    [TestCase("cifar_resnet20", QuantizedBits.Eight, 30)]
    public void LogitsStayNearThoseOfFloats(string variant, QuantizedBits bits, double decibels)
    {
        ResNet network = RandomNetwork.Create(variant, mostBlocks: 1, numClasses: 10);
        Tensor others = Pictures(network, 6), expected = network.Forward(others);
        Quantizer quantizer = new(network, new QuantizerOptions { Bits = bits });
        quantizer.Observe(Pictures(network, 8));
        QuantizedNetwork quantized = quantizer.Quantize();
        Assert.That(SignalToNoise(expected, network.Forward(others)), Is.GreaterThan(decibels));
        if (bits != QuantizedBits.Auto) Assert.That(quantized.Layers.Skip(1).Select(layer => layer.WeightBits), Is.All.EqualTo(bits == QuantizedBits.Eight ? 8 : 7));
    }

    [Test]
    public void ANetworkWhoseOutputIsNotFiniteIsRefused()
    {
        ResNet network = RandomNetwork.Create("cifar_resnet20", mostBlocks: 1, numClasses: 10);
        network.Parameters().First().Value.Span[0] = float.NaN;
        Assert.That(() => new Quantizer(network).Observe(Pictures(network, 2)), Throws.TypeOf<NotFiniteNumberException>());
    }

    [Test]
    public void AFileIsAQuarterOfTheSizeAndLoadsToTheSameBits()
    {
        using TemporaryFolder folder = new();
        string floats = folder["float.safetensors"], bytes = folder["int8.safetensors"];
        ResNet network = RandomNetwork.Create("resnet50", mostBlocks: 1, numClasses: 10);
        network.ClassNames = [.. Enumerable.Range(0, 10).Select(i => $"class {i}")];
        ResNetCheckpoint.Save(floats, network);
        Tensor pictures = Pictures(network, 4);
        Quantizer quantizer = new(network);
        quantizer.Observe(pictures);
        quantizer.Quantize().Save(bytes);
        Assert.That((double)new FileInfo(floats).Length / new FileInfo(bytes).Length, Is.GreaterThan(3.7));

        Tensor expected = network.Forward(pictures);
        ResNet loaded = ResNetCheckpoint.Load(bytes);
        Assert.That(loaded.Forward(pictures).ReadOnlySpan.SequenceEqual(expected.ReadOnlySpan), Is.True);
        Assert.That(loaded.StateDict().Keys, Is.EqualTo(network.StateDict().Keys), "scales are no parameters");
        Assert.That(loaded.ClassNames, Is.EqualTo(network.ClassNames));
        ImageClassifier classifier = ImageClassifier.Load(bytes);
        Assert.That(classifier.Classify(pictures)[0][0].Index, Is.EqualTo(ArgMax(expected.ReadOnlySpan[..10])));
        using FileStream stream = File.OpenRead(bytes);
        Assert.That(NetworkFile.Load(stream).Forward(pictures).ReadOnlySpan.SequenceEqual(expected.ReadOnlySpan), Is.True, "from a stream");
    }

    [TestCase("textbook_resnet18")]
    [TestCase("cifar_resnet20")]
    [TestCase("wide_resnet50_2")]
    public void NetworksUnderOtherNamesLoadToTheSameBits(string variant)
    {
        using TemporaryFolder folder = new();
        ResNet network = RandomNetwork.Create(variant, mostBlocks: 1, numClasses: 10);
        Tensor pictures = Pictures(network, 2);
        Quantizer quantizer = new(network);
        quantizer.Observe(pictures);
        quantizer.Quantize().Save(folder["int8.safetensors"]);
        ImageNetwork loaded = NetworkFile.Load(folder["int8.safetensors"]);
        Assert.That(loaded.Quantization, Is.Not.Null);
        Assert.That(loaded.Forward(pictures).ReadOnlySpan.SequenceEqual(network.Forward(pictures).ReadOnlySpan), Is.True);
    }

    [Test]
    public void ANetworkFromOnnxIsQuantizedAndSavedToo()
    {
        using TemporaryFolder folder = new();
        ResNet network = RandomNetwork.Create("resnet18", mostBlocks: 1, numClasses: 10);
        ResNetManaged.Onnx.OnnxFile.Write(folder["net.onnx"], network);
        ImageNetwork imported = NetworkFile.Load(folder["net.onnx"]);
        Tensor pictures = Tensor.Uniform([4, 3, 224, 224], Generator, -2, 2), expected = imported.Forward(pictures);
        Quantizer quantizer = new(imported, new QuantizerOptions { Bits = QuantizedBits.Eight });
        quantizer.Observe(pictures);
        quantizer.Quantize().Save(folder["int8.safetensors"]);
        Tensor quantized = imported.Forward(pictures);
        Assert.That(SignalToNoise(expected, quantized), Is.GreaterThan(30));
        Assert.That(NetworkFile.Load(folder["int8.safetensors"]).Forward(pictures).ReadOnlySpan.SequenceEqual(quantized.ReadOnlySpan), Is.True);
    }

    [Test]
    public void PicturesInAnyOrderAndBatchGiveTheSameFile()
    {
        using TemporaryFolder folder = new();
        for (int i = 0; i < 2; i++)
        {
            ResNet network = RandomNetwork.Create("cifar_resnet20", mostBlocks: 1, numClasses: 10);
            Tensor pictures = Tensor.Uniform([6, 3, 32, 32], new TorchGenerator(1), -2, 2);
            Quantizer quantizer = new(network, new QuantizerOptions { Threads = i + 1 });
            if (i == 0) quantizer.Observe(pictures);
            else for (int picture = 5; picture >= 0; picture--) quantizer.Observe(One(pictures, picture));
            quantizer.Quantize().Save(folder[$"{i}.safetensors"]);
        }
        Assert.That(File.ReadAllBytes(folder["1.safetensors"]), Is.EqualTo(File.ReadAllBytes(folder["0.safetensors"])));
    }

    [Test]
    public void KeptLayersComputeOnFloats()
    {
        ResNet network = RandomNetwork.Create("resnet18", mostBlocks: 1, numClasses: 10);
        Quantizer quantizer = new(network);
        quantizer.Observe(Pictures(network, 2));
        float[] original = network.Head.Weight.Value.ReadOnlySpan.ToArray();
        QuantizedNetwork all = quantizer.Quantize(), some = quantizer.Quantize(["fc", "layer2.0.conv1"]);
        Assert.That(all.Layers.Select(layer => layer.Path).Except(some.Layers.Select(layer => layer.Path)), Is.EquivalentTo(["fc", "layer2.0.conv1"]));
        Assert.That(network.Head.Weight.Value.ReadOnlySpan.SequenceEqual(original), Is.True, "its weights are the original ones again");
        Assert.That(() => quantizer.Quantize(["layer9"]), Throws.ArgumentException.With.Message.Contains("'layer9'").And.Message.Contains("layer4.0.conv2"));
    }

    [Test]
    public void CorrectedBiasesBringTheMeanLogitsNearer()
    {
        double Error(bool corrects)
        {
            ResNet network = RandomNetwork.Create("resnet18", mostBlocks: 1, numClasses: 10);
            Tensor pictures = Tensor.Uniform([8, 3, 64, 64], new TorchGenerator(2), -2, 2), expected = network.Forward(pictures);
            Quantizer quantizer = new(network, new QuantizerOptions { Bits = QuantizedBits.Seven, CorrectBias = corrects });
            quantizer.Observe(pictures);
            quantizer.Quantize();
            Tensor logits = network.Forward(pictures);
            return Enumerable.Range(0, 10).Sum(c => Math.Pow(Enumerable.Range(0, 8).Average(n => logits.ReadOnlySpan[n * 10 + c] - expected.ReadOnlySpan[n * 10 + c]), 2));
        }
        Assert.That(Error(corrects: true), Is.LessThan(Error(corrects: false)));
    }

    [Test]
    public void MisuseIsReported()
    {
        ResNet network = RandomNetwork.Create("cifar_resnet20", mostBlocks: 1, numClasses: 10);
        Quantizer quantizer = new(network);
        Assert.That(() => quantizer.Quantize(), Throws.InvalidOperationException.With.Message.Contains("no pictures were observed"));
        quantizer.Observe(Pictures(network, 1));
        Assert.That(() => quantizer.Observe(Tensor.Zeros([1, 3, 40, 40])), Throws.TypeOf<ShapeMismatchException>().With.Message.Contains("[1, 3, 32, 32]"));
        QuantizedNetwork quantized = quantizer.Quantize();
        Assert.That(() => new Quantizer(network), Throws.ArgumentException.With.Message.Contains("quantized already"));
        network.Head.Bias!.Fill(1);
        Assert.That(() => quantized.Save("never.safetensors"), Throws.InvalidOperationException.With.Message.Contains("has changed"));
        Assert.That(() => new Quantizer((ImageNetwork)RandomNetwork.Create("cifar_resnet20", 1).Train()), Throws.ArgumentException.With.Message.Contains("Eval()"));
    }

    private static Tensor Pictures(ResNet network, int count)
    {
        int side = network.UsualSide < 64 ? 32 : 64;
        return Tensor.Uniform([count, 3, side, side], Generator, -2, 2);
    }

    private static Tensor One(Tensor pictures, int index)
    {
        int length = pictures.ElementCount / pictures.Shape[0];
        return Tensor.FromArray(pictures.ReadOnlySpan.Slice(index * length, length).ToArray(), pictures.Shape.With(0, 1));
    }

    private static double SignalToNoise(Tensor expected, Tensor actual)
    {
        double signal = 0, noise = 0;
        for (int i = 0; i < expected.ElementCount; i++)
        {
            signal += Math.Pow(expected.ReadOnlySpan[i], 2);
            noise += Math.Pow(expected.ReadOnlySpan[i] - actual.ReadOnlySpan[i], 2);
        }
        return 10 * Math.Log10(signal / noise);
    }

    private static int ArgMax(ReadOnlySpan<float> values) => System.Numerics.Tensors.TensorPrimitives.IndexOfMax(values);
}
