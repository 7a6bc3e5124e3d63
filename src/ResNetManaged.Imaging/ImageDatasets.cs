using ResNetManaged.Datasets;

namespace ResNetManaged.Imaging;

/// <summary>Opens datasets of labeled images in any supported format.</summary>
public static class ImageDatasets
{
    /// <summary>
    /// Opens a folder with one subfolder of images per class, a <c>.tar</c>, <c>.tar.gz</c> or <c>.tgz</c> file of such a folder, or CIFAR-10's binary files.
    /// </summary>
    /// <remarks>
    /// Classes are the subfolders' names in ordinal order. Images of a folder are read on each load; those of an archive are kept in memory, encoded.
    /// </remarks>
    /// <param name="path">The file or folder.</param>
    /// <param name="options">Limits for decoding; null for the defaults.</param>
    /// <returns>The dataset.</returns>
    /// <exception cref="DatasetException">The dataset is empty or damaged, or a class has no images.</exception>
    /// <exception cref="IOException">A file or folder is missing or cannot be read.</exception>
    public static ImageDataset Open(string path, ImageFileOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Directory.Exists(path) && !CifarDataset.IsFolderOfBatches(path)) return new ImageFolderDataset(path, options);
        if (IsZip(path)) throw new DatasetException(path, "is a zip file", "expected a folder or a .tar or .tar.gz file; unpack it and pass the folder");
        return ImageArchiveDataset.IsArchive(path) ? ImageArchiveDataset.Load(path, options) : CifarDataset.Load(path);
    }

    private static bool IsZip(string path)
    {
        if (!File.Exists(path) || new FileInfo(path).Length < 4) return false; // a pipe has length 0, and can be read only once
        Span<byte> start = stackalloc byte[4];
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        return start.SequenceEqual("PK\x03\x04"u8);
    }
}
