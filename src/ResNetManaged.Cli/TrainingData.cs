using System.Globalization;
using ResNetManaged.Datasets;
using ResNetManaged.Imaging;
using ResNetManaged.Inference;
using ResNetManaged.Models;

namespace ResNetManaged.Cli;

/// <summary>What a network is trained and validated with.</summary>
/// <param name="Training">Randomly changed.</param>
/// <param name="Validation">As it is; null for none.</param>
internal sealed record TrainingData(SampleSource Training, SampleSource? Validation)
{
    /// <summary>Opens the data, and the validation data or a share of the data that is held out.</summary>
    /// <param name="path">As <see cref="DataSource"/> takes it.</param>
    /// <param name="validation">The same, a number between 0 and 1, or null for none.</param>
    /// <param name="config">The network, whose preprocessing images get.</param>
    /// <param name="augmentation">How training images are changed at random; arrays are not.</param>
    /// <param name="seed">What the share is drawn with.</param>
    /// <exception cref="InputException">There is no such data.</exception>
    public static TrainingData Open(string path, string? validation, ResNetConfig config, TrainingAugmentation augmentation, ulong seed)
    {
        ImagePreset preset = ImageClassifier.DefaultPreset(config);
        (SampleSource training, SampleSource plain) = Open(path, preset, augmentation);
        if (validation is null) return new TrainingData(training, Validation: null);
        if (ShareOf(validation) is not double share) return new TrainingData(training, Open(validation, preset, TrainingAugmentation.None).Plain);
        DatasetSplit split = DatasetSplit.Stratified(plain, share, seed);
        return new TrainingData(training.Subset(split.Training), plain.Subset(split.Validation));
    }

    /// <summary>The share that an option's value is; null where it is none, and so the name of data.</summary>
    /// <exception cref="UsageException">It is a number that is no share.</exception>
    public static double? ShareOf(string text)
    {
        if (Path.Exists(text) || !double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double share)) return null;
        return share is > 0 and < 1 ? share : throw new UsageException($"--validation '{text}' is no share between 0 and 1, and there is no such data");
    }

    private static (SampleSource Changed, SampleSource Plain) Open(string path, ImagePreset preset, TrainingAugmentation augmentation)
    {
        string[] pair = path.Split(',');
        if (pair.Length == 2 && !Path.Exists(path))
        {
            InputFile.Require(pair[0]);
            InputFile.Require(pair[1]);
            TensorDataset arrays = TensorDataset.Load(pair[0], pair[1]);
            return (arrays, arrays);
        }
        if (!Path.Exists(path)) throw new InputException($"there is no file or folder '{path}'");
        ImageDataset images = ImageDatasets.Open(path).Cached();
        return (images.Samples(preset, augmentation), images.Samples(preset));
    }
}
