using System.IO.Compression;
using ResNetManaged.Preprocessing;
using ResNetManaged.Tensors.IO;

namespace ResNetManaged.Datasets;

/// <summary>CIFAR-10 in its binary version: 32 x 32 images of ten classes, entirely in memory.</summary>
/// <remarks>
/// A file is a sequence of records: one byte for the label, then 1,024 bytes each of red, green and blue, row by row. Format and data:
/// www.cs.toronto.edu/~kriz/cifar.html. Gzipped files are recognized by their content.
/// </remarks>
public static class CifarDataset
{
    private const int Side = 32;
    private const int PlaneLength = Side * Side;
    private const int RecordLength = 1 + RgbImage.Channels * PlaneLength;
    private const int MaxImages = 60_000; // the size of CIFAR-10, training and test: bounds how much a gzipped file may unpack to

    /// <summary>The ten classes in the order of the labels.</summary>
    public static IReadOnlyList<string> Labels => Names;

    private static readonly string[] Names = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];

    /// <summary>Reads a file, or all files in a folder whose names end in <c>.bin</c> or <c>.bin.gz</c>, in ordinal order of their names.</summary>
    /// <param name="path">The file or folder.</param>
    /// <returns>The dataset.</returns>
    /// <exception cref="DatasetException">There are no images, a file ends inside a record, or a label is above 9.</exception>
    /// <exception cref="IOException">A file is missing or cannot be read.</exception>
    public static ImageDataset Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        List<byte[]> records = [];
        if (Directory.Exists(path))
            foreach (string file in FilesIn(path)) ReadFile(file, records);
        else
            ReadFile(path, records);
        return records.Count > 0
            ? new Images(path, records)
            : throw new DatasetException(path, "has no images", "expected CIFAR-10's binary version, a .bin file or a folder of them");
    }

    /// <summary>Whether a folder has at least one file that <see cref="Load(string)"/> would read.</summary>
    internal static bool IsFolderOfBatches(string folder) => Directory.Exists(folder) && FilesIn(folder).Length > 0;

    private static string[] FilesIn(string folder)
    {
        string[] files = [.. Directory.EnumerateFiles(folder).Where(file =>
            file.EndsWith(".bin", StringComparison.OrdinalIgnoreCase) || file.EndsWith(".bin.gz", StringComparison.OrdinalIgnoreCase))];
        Array.Sort(files, StringComparer.Ordinal);
        return files;
    }

    private static void ReadFile(string path, List<byte[]> records)
    {
        if (FileKind.IsNamedPipe(path)) throw IsAPipe(path);
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        if (!file.CanSeek) throw IsAPipe(path);
        bool isGzip = file.ReadByte() == 0x1F && file.ReadByte() == 0x8B;
        file.Position = 0;
        try
        {
            using Stream content = isGzip ? new GZipStream(file, CompressionMode.Decompress) : file;
            ReadRecords(content, path, records);
        }
        catch (InvalidDataException exception)
        {
            throw new DatasetException(path, "is damaged gzip data", "expected a complete file", exception);
        }
    }

    private static void ReadRecords(Stream content, string path, List<byte[]> records)
    {
        for (int image = 0; ; image++)
        {
            byte[] record = new byte[RecordLength];
            int length = content.ReadAtLeast(record, RecordLength, throwOnEndOfStream: false);
            if (length == 0) return;
            if (image == MaxImages) throw new DatasetException(path, $"has more than {MaxImages} images", "CIFAR-10 does not");
            if (length < RecordLength)
                throw new DatasetException(path, $"ends after {length} bytes of image {image}", $"expected a multiple of {RecordLength} bytes");
            if (record[0] >= Names.Length)
            {
                throw new DatasetException(path, $"image {image} has label {record[0]}",
                    $"expected CIFAR-10's binary version, with labels below {Names.Length}");
            }
            records.Add(record);
        }
    }

    private sealed class Images(string path, List<byte[]> records) : ImageDataset
    {
        public override string Name => path;

        public override int Count => records.Count;

        public override IReadOnlyList<string> ClassNames => Names;

        public override int LabelOf(int index) => records[index][0];

        public override RgbImage Load(int index)
        {
            byte[] record = records[index];
            RgbImage image = new(Side, Side);
            Span<byte> pixels = image.Pixels;
            for (int channel = 0; channel < RgbImage.Channels; channel++)
            {
                ReadOnlySpan<byte> plane = record.AsSpan(1 + channel * PlaneLength, PlaneLength);
                for (int i = 0; i < plane.Length; i++) pixels[i * RgbImage.Channels + channel] = plane[i];
            }
            return image;
        }
    }

    private static DatasetException IsAPipe(string path) => new(path, "is a pipe", "expected a regular file, because its first bytes are read twice");
}
