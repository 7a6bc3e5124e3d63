using NUnit.Framework;
using ResNetManaged.Corpus.Writing;
using ResNetManaged.Serialization;
using ResNetManaged.Tensors;

namespace ResNetManaged.Tests.Corpus.Writing;

public sealed class NpyRowWriterTests
{
    [Test]
    public void TheFileIsAnArrayOfTheRows([Values(0, 1, 5)] int rows)
    {
        using MemoryStream stream = new();
        NpyRowWriter writer = new(stream, dimensions: 3);
        for (int row = 0; row < rows; row++) writer.Write([row, row + 0.5f, float.NaN]);
        writer.Finish();
        stream.Position = 0;
        Tensor tensor = Npy.Read(stream);
        Assert.That((tensor.Shape[0], tensor.Shape[1]), Is.EqualTo((rows, 3)));
        Assert.That(tensor.ReadOnlySpan.ToArray(), Is.EqualTo(Enumerable.Range(0, rows).SelectMany(row => new[] { row, row + 0.5f, float.NaN })));
        Assert.That(stream.Length, Is.EqualTo(NpyRowWriter.LengthOf(rows, 3)));
    }

    [Test]
    public void AnArrayCanBeContinued()
    {
        using MemoryStream stream = new();
        new NpyRowWriter(stream, dimensions: 2).Write([1, 2]);
        NpyRowWriter again = new(stream, dimensions: 2, rows: 1);
        again.Write([3, 4]);
        again.Finish();
        stream.Position = 0;
        Assert.That(Npy.Read(stream).ReadOnlySpan.ToArray(), Is.EqualTo(new float[] { 1, 2, 3, 4 }));
    }

    [Test]
    public void TheHeaderHoldsMoreRowsThanATensor()
    {
        using MemoryStream stream = new();
        NpyRowWriter writer = new(stream, dimensions: 4_000_000, rows: 9_000_000_000);
        writer.Finish();
        stream.Position = 0;
        Assert.That(NpyHeader.ReadMatrix(stream, "x"), Is.EqualTo((9_000_000_000, 4_000_000)));
    }

    [Test]
    public void ARowOfAnotherLengthIsRefused() =>
        Assert.That(() => new NpyRowWriter(new MemoryStream(), dimensions: 2).Write([1]), Throws.ArgumentException.With.Message.Contains("1 elements; expected 2"));
}
