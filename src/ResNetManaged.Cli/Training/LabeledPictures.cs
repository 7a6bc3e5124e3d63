using ResNetManaged.Datasets;

namespace ResNetManaged.Cli.Training;

/// <summary>Some pictures of a dataset.</summary>
/// <param name="Images">The dataset.</param>
/// <param name="Indices">Which of its pictures, in their order.</param>
internal sealed record LabeledPictures(ImageDataset Images, IReadOnlyList<int> Indices)
{
    /// <summary>The labels, in the pictures' order.</summary>
    public IReadOnlyList<int> Labels => [.. Indices.Select(Images.LabelOf)];

    /// <summary>Those of a dataset; null without one.</summary>
    public static LabeledPictures? Of(ImageDataset? images, IReadOnlyList<int> indices) => images is null ? null : new(images, indices);
}
