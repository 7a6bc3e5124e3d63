using NUnit.Framework;
using ResNetManaged.Datasets;
using ResNetManaged.Datasets.Batches;
using ResNetManaged.Imaging;
using ResNetManaged.Preprocessing;
using ResNetManaged.Tensors;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Datasets;

public sealed class ImageFolderDatasetTests
{
    [Test]
    public void ClassesAreSortedOrdinally()
    {
        using TemporaryFolder folder = new();
        foreach (string name in new[] { "b/2.bmp", "b/1.bmp", "B/1.bmp", "a/deep/1.bmp" }) folder.Write(name, TinyData.Bmp());
        folder.Write("readme.txt", []);
        ImageFolderDataset dataset = new(folder.Path);
        Assert.That(dataset.ClassNames, Is.EqualTo(new[] { "B", "a", "b" }));
        Assert.That(Enumerable.Range(0, dataset.Count).Select(dataset.NameOf),
            Is.EqualTo(new[] { folder["B/1.bmp"], folder["a/deep/1.bmp"], folder["b/1.bmp"], folder["b/2.bmp"] }));
        Assert.That(dataset.LabelOf(3), Is.EqualTo(2));
    }

    [Test]
    public void BatchesHavePreprocessedImagesInOrder()
    {
        using TemporaryFolder folder = new();
        for (int i = 0; i < 5; i++) folder.Write($"{i}/image.bmp", TinyData.Bmp(width: 32 + i, seed: i));
        ImageFolderDataset dataset = new(folder.Path);
        LabeledBatch[] batches = [.. dataset.Batches(ImagePreset.Cifar10, batchSize: 2)];
        Assert.That(batches.Select(batch => batch.Labels), Is.EqualTo(new int[][] { [0, 1], [2, 3], [4] }));
        Tensor expected = ImagePreset.Cifar10.Apply([dataset.Load(2), dataset.Load(3)]);
        Assert.That(batches[1].Images.MaxAbsoluteDifference(expected), Is.Zero);
    }

    [Test]
    public void RejectsAClassWithoutImages()
    {
        using TemporaryFolder folder = new();
        folder.Write("a/1.bmp", TinyData.Bmp());
        folder.Write("b/notes.txt", []);
        Assert.That(() => new ImageFolderDataset(folder.Path),
            Throws.TypeOf<DatasetException>().With.Message.Contains(Path.Combine(folder.Path, "b")));
    }
}
