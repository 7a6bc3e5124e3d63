using System.Globalization;
using ResNetManaged.Cli.Errors;
using ResNetManaged.Cli.Inputs;
using ResNetManaged.Datasets;
using ResNetManaged.Imaging;
using ResNetManaged.Inference;
using ResNetManaged.Models;
using ResNetManaged.Preprocessing;
using ResNetManaged.Preprocessing.Augmentations;

namespace ResNetManaged.Cli.Training;

/// <summary>The data that a network is trained and validated with.</summary>
/// <param name="Training">The training data, randomly augmented.</param>
/// <param name="Validation">The validation data, unchanged; null for none.</param>
/// <param name="Pictures">The images of <paramref name="Validation"/>; null if there are none, as for arrays.</param>
internal sealed record TrainingData(SampleSource Training, SampleSource? Validation, LabeledPictures? Pictures = null)
{
    /// <summary>Opens the data, and the validation data or a held-out share of the data.</summary>
    /// <param name="path">Data in any form that <see cref="DataSource"/> accepts.</param>
    /// <param name="validation">Other data, the share to hold out as a number between 0 and 1, or null for none.</param>
    /// <param name="config">The network's configuration, which determines the preprocessing.</param>
    /// <param name="augmentation">The augmentation of training images; null for none. Arrays are not augmented.</param>
    /// <param name="seed">The seed for drawing the share.</param>
    /// <param name="session">The command's context.</param>
    /// <exception cref="CommandFailedException">There is no such data.</exception>
    public static TrainingData Open(string path, string? validation, ResNetConfig config, TrainingAugmentation? augmentation, ulong seed, Session session)
    {
        ImagePreset preset = ImageClassifier.DefaultPreset(config);
        (SampleSource training, SampleSource plain, ImageDataset? images) = Open(path, preset, augmentation, session);
        if (validation is null) return new TrainingData(training, Validation: null);
        if (ShareOf(validation) is not double share)
        {
            (_, SampleSource others, ImageDataset? otherImages) = Open(validation, preset, augmentation: null, session);
            return new TrainingData(training, others, LabeledPictures.Of(otherImages, [.. Enumerable.Range(0, others.Count)]));
        }
        DatasetSplit split = DatasetSplit.Stratified(plain, share, seed);
        return new TrainingData(training.Subset(split.Training), plain.Subset(split.Validation), LabeledPictures.Of(images, split.Validation));
    }

    /// <summary>Reads an option's value as a share; null if it names data instead.</summary>
    /// <exception cref="UsageException">It is a number that is not a share.</exception>
    public static double? ShareOf(string text)
    {
        if (Path.Exists(text) || !double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double share)) return null;
        return share is > 0 and < 1 ? share : throw new UsageException($"--validation '{text}' is not a share between 0 and 1, and there is no such file or folder");
    }

    private static (SampleSource Changed, SampleSource Plain, ImageDataset? Images) Open(
        string path, ImagePreset preset, TrainingAugmentation? augmentation, Session session)
    {
        string[] pair = path.Split(',');
        if (pair.Length == 2 && !Path.Exists(path))
        {
            InputFile.Require(pair[0]);
            InputFile.Require(pair[1]);
            SampleSource arrays = TensorDataset.Load(pair[0], pair[1]);
            return (arrays, arrays, null);
        }
        ImageDataset images = DataSource.OpenImages(path, new ImageFileOptions(), session).Cached();
        return (images.Samples(preset, augmentation), images.Samples(preset), images);
    }
}
