using NUnit.Framework;
using ResNetManaged.Imaging;
using ResNetManaged.Inference;
using ResNetManaged.Preprocessing;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Imaging;

/// <summary>Classifies image files: one, several, and series of any length.</summary>
public sealed class ImageSeriesTests
{
    private const int Batch = 16, Threads = 2; // of 32 x 32 images
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ImageClassifier _classifier = new(TinyData.Network(), options: new ExecutionOptions { Threads = Threads });
    private TemporaryFolder _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = new TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [Test]
    public void AFileAStreamAndBytesGiveTheImagesPredictions()
    {
        byte[] content = TinyData.Bmp(50, 40);
        string path = _folder.Write("a.bmp", content);
        IReadOnlyList<Prediction> expected = _classifier.Classify(ImageFile.Load(path), top: 3);
        using FileStream stream = File.OpenRead(path);
        Assert.That(_classifier.Classify(path, top: 3), Is.EqualTo(expected));
        Assert.That(_classifier.Classify(stream, top: 3), Is.EqualTo(expected));
        Assert.That(_classifier.Classify(content, top: 3), Is.EqualTo(expected));
        Assert.That(stream.CanRead, Is.True, "the stream stays open");
    }

    [TestCase(1)]
    [TestCase(2)]
    public void SeveralFilesGiveTheSameResultsAsEachAlone(int threads)
    {
        ImageClassifier classifier = new(TinyData.Network(), options: new ExecutionOptions { Threads = threads });
        string[] paths = Files(5);
        Assert.That(classifier.Classify(paths, top: 3), Is.EqualTo(paths.Select(path => classifier.Classify(path, top: 3))));
    }

    [Test]
    public void TheFirstUnreadableOfSeveralFilesIsNamed()
    {
        string[] paths = [.. Files(2), _folder["missing.png"], _folder.Write("bad.bmp", TinyData.Bmp()[..100])];
        Assert.That(() => _classifier.Classify(paths), Throws.TypeOf<ImageException>().With.Property("ImageName").EqualTo(paths[2]));
        Assert.That(() => _classifier.Classify(Array.Empty<string>()), Throws.ArgumentException);
        Assert.That(() => _classifier.Classify(paths, cancellationToken: new CancellationToken(canceled: true)),
            Throws.InstanceOf<OperationCanceledException>());
    }

    [TestCase(1)]
    [TestCase(2)]
    public async Task AFoldersFilesComeInOrderWithTheirPredictions(int threads)
    {
        ImageClassifier classifier = new(TinyData.Network(), options: new ExecutionOptions { Threads = threads });
        string[] paths = Files(2 * Batch + 3);
        List<ImageResult<IReadOnlyList<Prediction>>> results = [];
        await foreach (ImageResult<IReadOnlyList<Prediction>> result in classifier.ClassifyFolder(_folder.Path, top: 3)) results.Add(result);
        Assert.That(results.Select(result => result.Name), Is.EqualTo(paths));
        Assert.That(results.Select(result => result.Value), Is.EqualTo(paths.Select(path => classifier.Classify(path, top: 3))));
    }

    [Test]
    public async Task AnUnreadableFileIsAnItemAtItsPosition()
    {
        string bad = _folder.Write("bad.bmp", TinyData.Bmp()[..100]);
        string[] paths = [.. Files(3), bad, .. Files(2)];
        List<ImageResult<IReadOnlyList<Prediction>>> results = [];
        await foreach (ImageResult<IReadOnlyList<Prediction>> result in _classifier.ClassifyFiles(paths)) results.Add(result);
        Assert.That(results.Select(result => result.Succeeded), Is.EqualTo(new[] { true, true, true, false, true, true }));
        Assert.That(results[3].Value, Is.Null);
        Assert.That((results[3].Error as ImageException)?.ImageName, Is.EqualTo(bad));
        Assert.That(results[4].Value, Is.EqualTo(_classifier.Classify(paths[4])));
    }

    [Test]
    public void ThrowReportsTheErrorAfterThePrecedingResults()
    {
        string[] paths = [.. Files(3), _folder["missing.jpg"], .. Files(2)];
        List<string> names = [];
        Assert.That(async () =>
        {
            await foreach (ImageResult<IReadOnlyList<Prediction>> result in _classifier.ClassifyFiles(paths, unreadable: UnreadableImages.Throw))
                names.Add(result.Name);
        }, Throws.TypeOf<ImageException>().With.Property("ImageName").EqualTo(paths[3]));
        Assert.That(names, Is.EqualTo(paths[..3]));
    }

    [Test]
    public void AMissingFolderThrowsFromTheEnumeration() => Assert.That(async () =>
    {
        await foreach (ImageResult<IReadOnlyList<Prediction>> _ in _classifier.ClassifyFolder(_folder.Path + "/none")) { }
    }, Throws.TypeOf<DirectoryNotFoundException>());

    [Test]
    public async Task AFolderWithoutImagesYieldsNothing()
    {
        await foreach (ImageResult<IReadOnlyList<Prediction>> result in _classifier.ClassifyFolder(_folder.Path)) Assert.Fail(result.Name);
    }

    /// <summary>Takes one item and gives the pipeline time to run ahead; the number of enumerated items must stay below the bound.</summary>
    [Test]
    public async Task ASlowConsumerAppliesBackPressure()
    {
        int drawn = 0;
        await using IAsyncEnumerator<ImageResult<IReadOnlyList<Prediction>>> results =
            _classifier.ClassifyImages(Endless(() => Interlocked.Increment(ref drawn))).GetAsyncEnumerator();
        await results.MoveNextAsync();
        int before;
        do
        {
            before = Volatile.Read(ref drawn);
            await Task.Delay(100);
        }
        while (Volatile.Read(ref drawn) > before);
        Assert.That(drawn, Is.GreaterThan(Batch), "the next batch is processed in the meantime");
        Assert.That(drawn, Is.LessThanOrEqualTo((1 + 2 * Threads + Threads) * Batch)); // the caller's batch, those on the line, and those drawn next
    }

    [Test]
    public async Task LeavingTheLoopStopsTheSeries()
    {
        int drawn = 0;
        await foreach (ImageResult<IReadOnlyList<Prediction>> _ in _classifier.ClassifyImages(Endless(() => Interlocked.Increment(ref drawn)))) break;
        int after = Volatile.Read(ref drawn);
        await Task.Delay(50);
        Assert.That(drawn, Is.EqualTo(after));
    }

    [Test]
    public void CancellationEndsTheWaitForAnImage()
    {
        using CancellationTokenSource cancellation = new();
        using ManualResetEventSlim never = new();
        ImageSource stuck = new("stuck", () =>
        {
            cancellation.Cancel();
            never.Wait(Patience);
            return new RgbImage(1, 1);
        });
        Assert.That(async () =>
        {
            await foreach (ImageResult<IReadOnlyList<Prediction>> _ in _classifier.ClassifyImages([stuck], cancellationToken: cancellation.Token)) { }
        }, Throws.InstanceOf<OperationCanceledException>());
        never.Set();
    }

    [Test]
    public void CancellationEndsASeriesBetweenItsItems()
    {
        using CancellationTokenSource cancellation = new();
        int taken = 0;
        Assert.That(async () =>
        {
            await foreach (ImageResult<IReadOnlyList<Prediction>> _ in _classifier.ClassifyImages(Endless(() => 0)).WithCancellation(cancellation.Token))
            {
                if (++taken == 5) await cancellation.CancelAsync();
            }
        }, Throws.InstanceOf<OperationCanceledException>());
        Assert.That(taken, Is.EqualTo(5));
    }

    [Test]
    public async Task ProgressCountsItemsTheCallerHasFinished()
    {
        Counts progress = new();
        int taken = 0;
        await foreach (ImageResult<IReadOnlyList<Prediction>> _ in _classifier.ClassifyFiles([.. Files(3), _folder["missing.bmp"]], progress: progress))
            Assert.That(progress.Reported, Has.Count.EqualTo(taken++));
        Assert.That(progress.Reported, Is.EqualTo(new[] { 1, 2, 3, 4 }));
    }

    [Test]
    public void InvalidArgumentsThrowAtTheCall()
    {
        Assert.That(() => _classifier.ClassifyFolder(""), Throws.ArgumentException);
        Assert.That(() => _classifier.ClassifyFiles(null!), Throws.ArgumentNullException);
        Assert.That(() => _classifier.ClassifyFiles([], top: 0), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    private string[] Files(int count) => [.. Enumerable.Range(0, count).Select(i => _folder.Write($"{i:D3}.bmp", TinyData.Bmp(33 + i, 40, seed: i)))];

    private static IEnumerable<ImageSource> Endless(Func<int> draw)
    {
        while (true)
        {
            draw();
            yield return new ImageSource("black", () => new RgbImage(32, 32));
        }
    }

    private sealed class Counts : IProgress<int>
    {
        public List<int> Reported { get; } = [];

        public void Report(int value) => Reported.Add(value);
    }
}
