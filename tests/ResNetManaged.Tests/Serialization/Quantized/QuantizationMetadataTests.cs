using System.Text;
using NUnit.Framework;
using ResNetManaged.Models;
using ResNetManaged.Quantization;
using ResNetManaged.Serialization;
using ResNetManaged.Tensors;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Serialization.Quantized;

/// <summary>Damaged files of quantized networks.</summary>
public sealed class QuantizationMetadataTests
{
    private static readonly byte[] File = Write();

    [TestCase("\\u0022weights\\u0022:{", "\\u0022waits_s\\u0022:{", "expected activations with scale, zero point and largest byte")]
    [TestCase("\\u0022fc.weight\\u0022:", "\\u0022xx.weight\\u0022:", "describes 'xx.weight'")]
    [TestCase(",255]", ",254]", "expected activations with scale, zero point and largest byte")]
    [TestCase("\\u0022fc.weight\\u0022:127", "\\u0022fc.weight\\u0022:126", "weights with 63 or 127")]
    [TestCase("\"fc.weight_scale\":{\"dtype\":\"F32\",\"shape\":[10]", "\"fc.weight_scale\":{\"dtype\":\"F32\",\"shape\":[11]", "fc.weight_scale")]
    public void AFaultIsNamed(string from, string to, string message)
    {
        Assert.That(from, Has.Length.EqualTo(to.Length));
        byte[] damaged = [.. File];
        int at = damaged.AsSpan().IndexOf(Encoding.UTF8.GetBytes(from));
        Assert.That(at, Is.Positive, "the file has the text");
        Encoding.UTF8.GetBytes(to).CopyTo(damaged.AsSpan(at));
        Assert.That(() => ResNetCheckpoint.Load(new MemoryStream(damaged)), Throws.InstanceOf<CheckpointException>().With.Message.Contains(message));
    }

    [Test]
    public void AScaleMustBePositive()
    {
        ResNet intact = ResNetCheckpoint.Load(new MemoryStream(File));
        float scale = intact.Quantization!.Weights[intact.Head.Weight].Scales[3];
        byte[] damaged = [.. File];
        int at = damaged.AsSpan().IndexOf(BitConverter.GetBytes(scale));
        BitConverter.GetBytes(-scale).CopyTo(damaged, at);
        Assert.That(() => ResNetCheckpoint.Load(new MemoryStream(damaged)), Throws.InstanceOf<CheckpointException>().With.Message.Contains("not a positive number"));
    }

    private static byte[] Write()
    {
        using TemporaryFolder folder = new();
        ResNet network = RandomNetwork.Create("resnet18", mostBlocks: 1, numClasses: 10);
        Quantizer quantizer = new(network, new QuantizerOptions { Bits = QuantizedBits.Eight });
        quantizer.Observe(Tensor.Full([1, 3, 32, 32], 0.5f));
        quantizer.Quantize().Save(folder["int8.safetensors"]);
        return System.IO.File.ReadAllBytes(folder["int8.safetensors"]);
    }
}
