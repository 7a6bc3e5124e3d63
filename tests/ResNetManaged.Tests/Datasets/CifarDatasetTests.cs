using System.IO.Pipes;
using NUnit.Framework;
using ResNetManaged.Datasets;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Datasets;

public sealed class CifarDatasetTests
{
    [Test]
    [Platform("Linux")]
    public void APipeIsRejected()
    {
        using AnonymousPipeServerStream pipe = new(PipeDirection.Out);
        string path = $"/dev/fd/{pipe.ClientSafePipeHandle.DangerousGetHandle()}";
        Assert.That(() => CifarDataset.Load(path), Throws.TypeOf<DatasetException>().With.Message.Contains("is a pipe"));
    }

    [Test]
    public void PlanesBecomePixels()
    {
        using TemporaryFolder folder = new();
        byte[] records = TinyData.CifarRecords(4, 8);
        ImageDataset dataset = CifarDataset.Load(folder.Write("batch.bin", records));
        Assert.That(dataset.LabelOf(1), Is.EqualTo(8));
        ReadOnlySpan<byte> planes = records.AsSpan(TinyData.CifarRecordLength + 1);
        const int Red = 0, Green = 1024, Blue = 2048, Row = 5, Column = 17;
        int at = Row * 32 + Column;
        Assert.That(dataset.Load(1).Row(Row).Slice(Column * 3, 3).ToArray(),
            Is.EqualTo(new[] { planes[Red + at], planes[Green + at], planes[Blue + at] }));
    }

    [Test]
    public void HasTheClassesOfCifar10()
    {
        using TemporaryFolder folder = new();
        ImageDataset dataset = CifarDataset.Load(folder.Write("batch.bin", TinyData.CifarRecords(0)));
        Assert.That(dataset.ClassNames, Has.Count.EqualTo(10));
        Assert.That(dataset.ClassNames[3], Is.EqualTo("cat"));
    }

    [Test]
    public void TheUnpackedSizeIsLimited()
    {
        using TemporaryFolder folder = new();
        using (FileStream file = File.Create(folder["huge.bin"])) file.SetLength(60_001L * TinyData.CifarRecordLength); // sparse; label 0, black
        Assert.That(() => CifarDataset.Load(folder["huge.bin"]), Throws.TypeOf<DatasetException>().With.Message.Contains("60000"));
    }
}
