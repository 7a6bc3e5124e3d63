using ResNetManaged.Serialization;

namespace ResNetManaged.Datasets;

/// <summary>Labeled images that were preprocessed elsewhere: two arrays, as NumPy saves them. The names of the classes are their numbers.</summary>
public static class TensorDataset
{
    /// <summary>Reads two <c>.npy</c> files.</summary>
    /// <param name="imagesPath">The network's inputs, <c>[N, C, H, W]</c>, N at least 1.</param>
    /// <param name="labelsPath">N labels, whole numbers from 0.</param>
    /// <returns>The dataset, entirely in memory.</returns>
    /// <exception cref="NpyFormatException">A file is damaged, or is not a <c>.npy</c> file.</exception>
    /// <exception cref="DatasetException">An array has the wrong shape, or a label is not a valid class number.</exception>
    /// <exception cref="IOException">A file is missing or cannot be read.</exception>
    public static SampleSource Load(string imagesPath, string labelsPath) => TensorSamples.Load(imagesPath, labelsPath);
}
