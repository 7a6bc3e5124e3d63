using System.IO.Compression;
using NUnit.Framework;
using ResNetManaged.Cifar10;
using ResNetManaged.Imaging;
using ResNetManaged.Inference;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Docs;

/// <summary>The code of docs/classify.md, run: a snippet of the page that is not in this file, line for line, fails.</summary>
public sealed class ClassifyPageTests
{
    private static readonly string Pictures = Path.Combine(Repository.Root, "samples", "pictures");
    private static readonly string Ship = Path.Combine(Pictures, "ship.jpg");
    private static readonly ImageClassifier Shipped = Cifar10Network.CreateClassifier();

    [Test]
    public void EverySnippetIsCodeOfThisFile() => Snippets.AssertAreIn("classify.md", "Docs/ClassifyPageTests.cs");

    [Test]
    public void ACheckpointNamesAPicture() => AssertPrints("ship", Console =>
    {
        string checkpoint = Path.Combine(Repository.Root, "src", "ResNetManaged.Cifar10", "cifar10.safetensors"), path = Ship;
        ImageClassifier classifier = ImageClassifier.Load(checkpoint);
        foreach (Prediction prediction in classifier.Classify(path, top: 5))
            Console.WriteLine($"{prediction.Probability:P1} {prediction.Label ?? $"class {prediction.Index}"}");
    });

    [Test]
    public void TheShippedNetworkNamesAPicture() => AssertPrints("ship", Console =>
    {
        string path = Ship;
        ImageClassifier classifier = Cifar10Network.CreateClassifier();
        Console.WriteLine(classifier.Classify(path)[0].Label);
    });

    [Test]
    public async Task AFoldersPicturesAreNamed()
    {
        using StringWriter Console = new();
        await Folder(Console, Shipped, Pictures, default);
        Assert.That(Console.ToString(), Does.Contain("airplane.jpg: airplane").And.Contain("truck.jpg: truck"));
    }

    [Test]
    public async Task AnArchivesPicturesAreNamed()
    {
        using MemoryStream file = new();
        using (ZipArchive written = new(file, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (string picture in ImageFolder.FindFiles(Pictures)) written.CreateEntryFromFile(picture, Path.GetFileName(picture));
        }
        using ZipArchive archive = new(file);
        using StringWriter Console = new();
        await Archive(Console, Shipped, archive);
        Assert.That(Console.ToString(), Does.Contain("airplane.jpg: airplane").And.Contain("truck.jpg: truck"));
    }

    [TestCase(SKColorType.Bgra8888, PixelFormat.Bgra32, 4)]
    [TestCase(SKColorType.Rgba8888, PixelFormat.Rgba32, 4)]
    [TestCase(SKColorType.Gray8, PixelFormat.Gray8, 1)]
    public void ASkiaBitmapGivesWhatItsImageGives(SKColorType type, PixelFormat format, int pixelSize)
    {
        SKBitmap bitmap = new(type, 50, 40, rowBytes: 50 * pixelSize + 12);
        new Random(1).NextBytes(bitmap.Bytes);
        Assert.That(Classify(Shipped, bitmap), Is.EqualTo(Shipped.Classify(RgbImage.FromPixels(bitmap.Bytes, 50, 40, format, bitmap.RowBytes))));
    }

    [TestCase(false)]
    [TestCase(true)]
    public unsafe void ALockedDrawingBitmapGivesWhatItsImageGives(bool bottomUp)
    {
        const int Stride = 152;
        byte[] bytes = new byte[Stride * 40];
        new Random(1).NextBytes(bytes);
        fixed (byte* first = bytes)
        {
            BitmapData data = new(50, 40, bottomUp ? -Stride : Stride, (nint)(bottomUp ? first + Stride * 39 : first));
            Assert.That(Classify(Shipped, data), Is.EqualTo(Shipped.Classify(RgbImage.FromPixels(bytes, 50, 40, PixelFormat.Bgr24, data.Stride))));
        }
    }

    private static async Task Folder(TextWriter Console, ImageClassifier classifier, string folder, CancellationToken cancellationToken)
    {
        await foreach (ImageResult<IReadOnlyList<Prediction>> result in classifier.ClassifyFolder(folder, top: 1, cancellationToken: cancellationToken))
        {
            if (result.Succeeded) Console.WriteLine($"{result.Name}: {result.Value[0].Label}");
            else Console.WriteLine($"{result.Name}: {result.Error.Message}");
        }
    }

    private static async Task Archive(TextWriter Console, ImageClassifier classifier, ZipArchive archive)
    {
        IEnumerable<ImageSource> images = archive.Entries.Select(entry => new ImageSource(entry.FullName, () =>
        {
            using MemoryStream content = new();
            lock (archive)                                  // sources are decoded on several threads, and a ZipArchive is for one at a time
            {
                using Stream stream = entry.Open();
                stream.CopyTo(content);
            }
            return ImageFile.Load(content.GetBuffer().AsSpan(0, (int)content.Length));
        }));
        await foreach (ImageResult<IReadOnlyList<Prediction>> result in classifier.ClassifyImages(images))
            Console.WriteLine($"{result.Name}: {result.Value?[0].Label ?? "unreadable"}");
    }

    private static IReadOnlyList<Prediction> Classify(ImageClassifier classifier, SKBitmap bitmap) => classifier.Classify(
        bitmap.GetPixelSpan(), bitmap.Width, bitmap.Height,
        bitmap.ColorType switch
        {
            SKColorType.Bgra8888 => PixelFormat.Bgra32,
            SKColorType.Rgba8888 => PixelFormat.Rgba32,
            SKColorType.Gray8 => PixelFormat.Gray8,
            _ => throw new NotSupportedException($"Copy the bitmap to SKColorType.Bgra8888 first; it has {bitmap.ColorType}."),
        },
        bitmap.RowBytes);

    private static unsafe IReadOnlyList<Prediction> Classify(ImageClassifier classifier, BitmapData data)
    {
        int belowFirst = Math.Min(data.Stride * (data.Height - 1), 0);  // Scan0 is the top row, which is last in memory if the stride is negative
        ReadOnlySpan<byte> pixels = new((byte*)data.Scan0 + belowFirst, Math.Abs(data.Stride) * data.Height);
        return classifier.Classify(pixels, data.Width, data.Height, PixelFormat.Bgr24, data.Stride);
    }

    private static void AssertPrints(string expected, Action<TextWriter> sample)
    {
        using StringWriter output = new();
        sample(output);
        Assert.That(output.ToString(), Does.Contain(expected));
    }
}

/// <summary>SkiaSharp's colour types, as far as the page names them.</summary>
public enum SKColorType
{
    Unknown,
    Bgra8888,
    Rgba8888,
    Gray8,
}

/// <summary>Stands for SkiaSharp's SKBitmap, with its signatures: the package has native code, which tests here must not need.</summary>
internal sealed class SKBitmap(SKColorType type, int width, int height, int rowBytes)
{
    public byte[] Bytes { get; } = new byte[rowBytes * height];
    public SKColorType ColorType => type;
    public int Width => width;
    public int Height => height;
    public int RowBytes => rowBytes;
    public Span<byte> GetPixelSpan() => Bytes;
}

/// <summary>Stands for System.Drawing.Imaging's BitmapData, with its signatures: the real one exists on Windows only.</summary>
internal sealed record BitmapData(int Width, int Height, int Stride, nint Scan0);
