using NUnit.Framework;
using ResNetManaged.Datasets;
using ResNetManaged.Datasets.Batches;
using ResNetManaged.Preprocessing;
using ResNetManaged.Preprocessing.Augmentations;
using ResNetManaged.Tensors;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Datasets.Batches;

public sealed class BatchLoaderTests
{
    private static readonly TrainingAugmentation Everything = new()
    {
        Crop = new RandomResizedCrop(),
        Pixels = [new PadAndCrop(4, reflect: true), new HorizontalFlip(), new ColorJitter(0.4, 0.4, 0.4, 0.1)],
        Inputs = [new Cutout(8), new RandomErasing(noise: true)],
    };

    private static readonly BatchLoaderOptions Options = With();

    [TestCase(2, 0)]
    [TestCase(1, 1)]
    [TestCase(2, 3)]
    public void BatchesDoNotDependOnThreads(int threads, int ahead)
    {
        string[] expected = Batches(Options, epoch: 1);
        Assert.That(Batches(With(threads: threads, ahead: ahead), epoch: 1), Is.EqualTo(expected));
    }

    [TestCase(SampleOrder.Shuffled)]
    [TestCase(SampleOrder.ClassBalanced)]
    public void AResumedEpochContinuesWithTheSameBatches(SampleOrder order)
    {
        BatchLoaderOptions options = With(order: order, threads: 2, ahead: 2);
        BatchLoader whole = new(Source(), options);
        _ = whole.Epoch(0).Select(Describe).ToArray();
        string[] expected = [.. whole.Epoch(1).Select(Describe)];
        Assert.That(Batches(options, epoch: 1, firstBatch: 3), Is.EqualTo(expected[3..]));
        Assert.That(Batches(options, epoch: 1, firstBatch: expected.Length), Is.Empty);
    }

    [Test]
    public void EpochsAndSeedsDiffer()
    {
        string[] first = Batches(Options, epoch: 0);
        Assert.That(Batches(Options, epoch: 1), Is.Not.EqualTo(first));
        Assert.That(Batches(With(seed: 12), epoch: 0), Is.Not.EqualTo(first));
    }

    [Test]
    public void AShuffledEpochHasEachImageOnce()
    {
        BatchLoader loader = new(Source(), Options);
        int[] items = [.. loader.Epoch(0).SelectMany(batch => batch.Indices.ToArray())];
        Assert.That(items, Is.EquivalentTo(Enumerable.Range(0, 45)));
        Assert.That(items, Is.Not.Ordered);
    }

    [Test]
    public void OnlyAKeptLastBatchIsSmaller()
    {
        Assert.That(Counts(keepsLast: true), Is.EqualTo(new[] { 8, 8, 8, 8, 8, 5 }));
        Assert.That(Counts(keepsLast: false), Is.EqualTo(new[] { 8, 8, 8, 8, 8 }));

        static int[] Counts(bool keepsLast) =>
            [.. new BatchLoader(Source(), With(keepsLast: keepsLast)).Epoch(0).Select(batch => batch.Images.Shape[0])];
    }

    [Test]
    public void SequentialBatchesEqualThoseOfEvaluation()
    {
        NumberedImages images = NumberedImages.Of(6, 4);
        BatchLoaderOptions options = new() { BatchSize = 4, Order = SampleOrder.Sequential, KeepsLast = true };
        BatchLoader loader = new(images.Samples(ImagePreset.Cifar10), options);
        LabeledBatch[] expected = [.. images.Batches(ImagePreset.Cifar10, 4)];
        foreach (TrainingBatch batch in loader.Epoch(0))
        {
            Assert.That(batch.Images.MaxAbsoluteDifference(expected[batch.Number].Images), Is.Zero);
            Assert.That(batch.Labels.ToArray(), Is.EqualTo(expected[batch.Number].Labels));
        }
    }

    [Test]
    public void ClassBalancedEpochsHaveEqualClasses()
    {
        BatchLoader loader = new(NumberedImages.Of(40, 5, 3).Samples(ImagePreset.Cifar10), With(order: SampleOrder.ClassBalanced, mixes: false));
        int[] labels = [.. loader.Epoch(0).SelectMany(batch => batch.Labels.ToArray())];
        Assert.That(labels.CountBy(label => label).Select(pair => pair.Value), Is.EquivalentTo(new[] { 16, 16, 16 }));
        int[] small = [.. loader.Epoch(1).SelectMany(batch => batch.Indices.ToArray()).Where(index => index >= 45)];
        Assert.That(small.CountBy(index => index).Select(pair => pair.Value), Is.All.InRange(5, 6), "each of the three is used equally often");
    }

    [Test]
    public void MixupMixesImagesAndReturnsLabelsAndWeights()
    {
        BatchLoaderOptions plain = With(mixes: false);
        Tensor[] unmixed = [.. new BatchLoader(Source(), plain).Epoch(0).Select(batch => batch.Images.Clone())];
        int[][] labels = [.. new BatchLoader(Source(), plain).Epoch(0).Select(batch => batch.Labels.ToArray())];
        foreach (TrainingBatch batch in new BatchLoader(Source(), Options).Epoch(0))
        {
            Assert.That(batch.Labels.ToArray(), Is.EqualTo(labels[batch.Number]));
            Assert.That(batch.PartnerLabels.ToArray(), Is.EqualTo(labels[batch.Number].Reverse()));
            Assert.That(batch.Weights.ToArray(), Is.All.InRange(0f, 1f));
            for (int i = 0; i < batch.Count; i++)
            {
                Tensor own = unmixed[batch.Number].Slice(i), partner = unmixed[batch.Number].Slice(batch.Count - 1 - i);
                double w = batch.Weights[i];
                float[] expected = [.. own.ReadOnlySpan.ToArray().Zip(partner.ReadOnlySpan.ToArray(), (a, b) => (float)(w * a + (1 - w) * b))];
                // Three roundings of numbers of magnitude at most 6, the noise's.
                Assert.That(batch.Images.Slice(i).MaxAbsoluteDifference(Tensor.FromArray(expected, own.Shape)), Is.LessThan(3 * 6 * 6e-8));
            }
        }
    }

    [TestCase(1, 0)]
    [TestCase(2, 2)]
    public void AnErrorNamesTheUnreadableImage(int threads, int ahead)
    {
        BatchLoaderOptions options = new() { BatchSize = 8, Order = SampleOrder.Sequential, Threads = threads, Ahead = ahead };
        using IEnumerator<TrainingBatch> batches = new BatchLoader(Damaged(), options).Epoch(0).GetEnumerator();
        Assert.That(batches.MoveNext(), Is.True);
        Assert.That(() => batches.MoveNext(), Throws.TypeOf<ImageException>().With.Message.Contains("numbered#9'"), "9 and 10 are unreadable");
    }

    [TestCase(1, 0)]
    [TestCase(2, 2)]
    public void SkippedImagesAreListedAndReplacedByTheNextImageOfTheirClass(int threads, int ahead)
    {
        BatchLoaderOptions options = new() { BatchSize = 4, Order = SampleOrder.Sequential, Threads = threads, Ahead = ahead, Corrupt = CorruptImages.Skip };
        BatchLoader loader = new(Damaged(), options);
        int[] indices = [.. loader.Epoch(0).SelectMany(batch => batch.Indices.ToArray())];
        // 9 and 10 are the last of class 1, which starts at 5; 14 is the last of class 2, which starts at 11.
        Assert.That(indices, Is.EqualTo(new[] { 0, 1, 2, 3, 4, 5, 6, 7, 8, 5, 5, 11, 12, 13, 11, 15 }));
        Assert.That(loader.Skipped.Select(image => (image.Index, image.Name)),
            Is.EqualTo(new[] { (9, "numbered#9"), (10, "numbered#10"), (14, "numbered#14") }));
        Assert.That(loader.Skipped[0].Reason, Does.Contain("it is damaged"));
    }

    [Test]
    public void AClassWithoutReadableImagesIsAnErrorEvenWhenSkipping()
    {
        NumberedImages images = new([0, 1, 1], 32, 1, 2);
        BatchLoader loader = new(images.Samples(ImagePreset.Cifar10), new BatchLoaderOptions { BatchSize = 3, Corrupt = CorruptImages.Skip });
        Assert.That(() => loader.Epoch(0).Count(), Throws.TypeOf<DatasetException>().With.Message.Contains("'class 1'").And.Message.Contains("damaged"));
    }

    [Test]
    public void CancellationEndsTheWaitAndFreesTheLoader()
    {
        using CancellationTokenSource cancellation = new();
        BatchLoader loader = new(Source(), With(threads: 2, ahead: 2));
        using (IEnumerator<TrainingBatch> batches = loader.Epoch(0, cancellationToken: cancellation.Token).GetEnumerator())
        {
            Assert.That(batches.MoveNext(), Is.True);
            Assert.That(() => loader.Epoch(0).First(), Throws.InvalidOperationException, "one enumeration at a time");
            cancellation.Cancel();
            Assert.That(() => batches.MoveNext(), Throws.InstanceOf<OperationCanceledException>());
        }
        Assert.That(loader.Epoch(0).Select(Describe), Is.EqualTo(Batches(Options, epoch: 0)));
    }

    [Test]
    public void BuffersAreReused()
    {
        const int Side = 128, BatchSize = 16; // a batch takes 3 MiB, an image 48 KiB
        SampleSource source = new NumberedImages([.. Enumerable.Range(0, 64).Select(i => i % 2)], Side).Samples(new ImagePreset { Resize = null, Crop = Side });
        BatchLoader loader = new(source, new BatchLoaderOptions { BatchSize = BatchSize, Threads = 1, Ahead = 0, Mixup = new Mixup(0.2) });
        _ = loader.Epoch(0).Count();
        long before = GC.GetAllocatedBytesForCurrentThread();
        int batches = loader.Epoch(1).Count();
        long perBatch = (GC.GetAllocatedBytesForCurrentThread() - before) / batches;
        long decoded = BatchSize * Side * Side * 3;
        Assert.That(perBatch, Is.LessThan(decoded * 1.2), "little more than the decoded images; floats would take four times as much");
    }

    [Test]
    public void RejectsASingleClassAndTooFewImages()
    {
        Assert.That(() => new BatchLoader(NumberedImages.Of(4).Samples(ImagePreset.Cifar10)),
            Throws.TypeOf<DatasetException>().With.Message.EqualTo(
                "Dataset 'numbered': has one class, 'class 0'; expected two or more, for a network to tell apart."));
        Assert.That(() => new BatchLoader(NumberedImages.Of(4, 3).Samples(ImagePreset.Cifar10), new BatchLoaderOptions { BatchSize = 8 }),
            Throws.TypeOf<DatasetException>().With.Message.Contains("7 images").And.Message.Contains("takes 8"));
    }

    private static BatchLoaderOptions With(
        ulong seed = 11, SampleOrder order = SampleOrder.Shuffled, bool mixes = true, int threads = 1, int ahead = 0, bool keepsLast = true) => new()
        {
            BatchSize = 8,
            Seed = seed,
            Order = order,
            Mixup = mixes ? new Mixup(0.4) : null,
            Threads = threads,
            Ahead = ahead,
            KeepsLast = keepsLast,
        };

    private static SampleSource Source() => NumberedImages.Of(20, 15, 10).Samples(ImagePreset.Cifar10, Everything);

    private static SampleSource Damaged() =>
        new NumberedImages([0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 0], 32, 9, 10, 14).Samples(ImagePreset.Cifar10);

    private static string[] Batches(BatchLoaderOptions options, int epoch, int firstBatch = 0) =>
        [.. new BatchLoader(Source(), options).Epoch(epoch, firstBatch).Select(Describe)];

    /// <summary>The content of a batch, bit for bit.</summary>
    private static string Describe(TrainingBatch batch)
    {
        HashCode pixels = default;
        foreach (float value in batch.Images.ReadOnlySpan) pixels.Add(BitConverter.SingleToInt32Bits(value));
        return $"{batch.Number}: {pixels.ToHashCode()} {string.Join(' ', batch.Indices.ToArray())} {string.Join(' ', batch.Labels.ToArray())} "
            + $"{string.Join(' ', batch.PartnerLabels.ToArray())} {string.Join(' ', batch.Weights.ToArray())}";
    }
}
