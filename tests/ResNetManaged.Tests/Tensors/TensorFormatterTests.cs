using System.Text.Json;
using NUnit.Framework;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Tensors;

public sealed class TensorFormatterTests
{
    private static IEnumerable<TestCaseData> RecordedPrints() =>
        GoldenFiles.ReadCases("tensor_prints.json").Select(recorded =>
            new TestCaseData(recorded).SetArgDisplayNames(recorded.GetProperty("name").GetString()!));

    [TestCaseSource(nameof(RecordedPrints))]
    public void MatchesPyTorchsOutput(JsonElement recorded)
    {
        Tensor tensor = Read(recorded);
        bool parameter = recorded.TryGetProperty("parameter", out _);
        string printed = parameter
            ? "Parameter containing:\n" + TensorFormatter.Format(tensor, suffix: "requires_grad=True")
            : tensor.ToString();
        Assert.That(printed, Is.EqualTo(recorded.GetProperty("text").GetString()));
    }

    [Test]
    public void TheRecordingCoversEveryRule()
    {
        string[] prints = [.. GoldenFiles.ReadCases("tensor_prints.json").Select(recorded => recorded.GetProperty("text").GetString()!)];
        Assert.That(prints, Has.Some.Contains("..."), "summaries");
        Assert.That(prints, Has.Some.Contains("e+"), "scientific notation");
        Assert.That(prints, Has.Some.Contains("\n\n\n"), "blank lines between matrices");
        Assert.That(prints, Has.Some.Contains("\n       requires_grad"), "a suffix on its own line");
        Assert.That(prints, Has.Some.Contains("size=(0, 3)"), "empty tensors");
    }

    [Test]
    public void ALongerPrefixIndentsTheLinesAfterTheFirst() =>
        Assert.That(TensorFormatter.Format(Tensor.FromArray([1, 2], [2, 1]), prefix: "Weights("), Is.EqualTo("Weights([[1.],\n         [2.]])"));

    private static Tensor Read(JsonElement recorded)
    {
        Shape shape = Shape.Create([.. recorded.GetProperty("shape").EnumerateArray().Select(size => size.GetInt32())]);
        if (recorded.TryGetProperty("bits", out JsonElement bits))
            return Tensor.FromArray([.. bits.EnumerateArray().Select(value => BitConverter.UInt32BitsToSingle(value.GetUInt32()))], shape);

        Tensor tensor = Tensor.Uniform(shape, new TorchGenerator(recorded.GetProperty("seed").GetUInt64()));
        float scale = recorded.GetProperty("scale").GetSingle();
        foreach (ref float value in tensor.Span) value *= scale;
        return tensor;
    }
}
