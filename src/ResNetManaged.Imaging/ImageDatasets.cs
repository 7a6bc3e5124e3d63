using ResNetManaged.Datasets;

namespace ResNetManaged.Imaging;

/// <summary>Opens labeled images of any of the kinds that are read.</summary>
public static class ImageDatasets
{
    /// <summary>
    /// Opens a folder with a folder of images for each class, a <c>.tar</c>, <c>.tar.gz</c> or <c>.tgz</c> file of such a folder, or CIFAR-10's binary files.
    /// </summary>
    /// <param name="path">The file or folder.</param>
    /// <param name="options">Limits for decoding; null for the defaults.</param>
    /// <returns>The dataset.</returns>
    /// <exception cref="DatasetException">It is empty or damaged, or a class has no image.</exception>
    /// <exception cref="IOException">A file or folder is missing or cannot be read.</exception>
    public static ImageDataset Open(string path, ImageFileOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Directory.Exists(path) && !CifarDataset.IsFolderOfBatches(path)) return new ImageFolderDataset(path, options);
        return ImageArchiveDataset.IsArchive(path) ? ImageArchiveDataset.Load(path, options) : CifarDataset.Load(path);
    }
}
