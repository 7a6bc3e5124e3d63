using ResNetManaged.Datasets;

namespace ResNetManaged.Cli.Training;

/// <summary>Some images of a dataset.</summary>
/// <param name="Images">The dataset.</param>
/// <param name="Indices">Their indices, in order.</param>
internal sealed record LabeledPictures(ImageDataset Images, IReadOnlyList<int> Indices)
{
    /// <summary>The labels, in the images' order.</summary>
    public IReadOnlyList<int> Labels => [.. Indices.Select(Images.LabelOf)];

    /// <summary>Some images of a dataset; null without a dataset.</summary>
    public static LabeledPictures? Of(ImageDataset? images, IReadOnlyList<int> indices) => images is null ? null : new(images, indices);
}
