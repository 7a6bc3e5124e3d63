using System.CommandLine;
using ResNetManaged.Cli.Errors;
using ResNetManaged.Datasets;
using ResNetManaged.Datasets.Batches;
using ResNetManaged.Imaging;
using ResNetManaged.Inference;
using ResNetManaged.Models;
using ResNetManaged.Preprocessing;
using ResNetManaged.Tensors;

namespace ResNetManaged.Cli.Inputs;

/// <summary>What the user calls DATA: an image folder or an archive of one, CIFAR-10 binary files, or a pair of .npy files.</summary>
/// <param name="Count">The number of images.</param>
/// <param name="ClassNames">The names of the classes; null where the data has none.</param>
/// <param name="Batches">Makes the batches of a size.</param>
internal sealed record DataSource(int Count, IReadOnlyList<string>? ClassNames, Func<int, IEnumerable<LabeledBatch>> Batches)
{
    public static Argument<string> CreateArgument() => new("DATA")
    {
        Description = "A folder with a folder of images for each class or a .tar or .tar.gz of it, a CIFAR-10 binary file or a folder of them, or X.npy,Y.npy",
    };

    /// <summary>Opens data for a network, whose preprocessing and number of classes it gets and must have.</summary>
    /// <exception cref="InputException">There is no such data, or it does not fit the network.</exception>
    public static DataSource Open(string path, ResNet model, Session session)
    {
        string[] pair = path.Split(',');
        if (pair.Length == 2 && !Path.Exists(path)) return OpenArrays(pair[0], pair[1], model);
        if (!Path.Exists(path)) throw new InputException($"there is no file or folder '{path}'");

        ImageDataset dataset = ImageDatasets.Open(path);
        int[]? labels = LabelsByName(dataset, model);
        if (labels is null && dataset.ClassNames.Count != model.Config.NumClasses)
            throw new InputException($"'{path}' has {dataset.ClassNames.Count} classes; the model has {model.Config.NumClasses}");
        if (model.Config.InChannels != 3)
            throw new InputException($"'{path}' has images of 3 channels; the model takes {model.Config.InChannels}");
        ImagePreset preset = ImageClassifier.DefaultPreset(model.Config);
        return new DataSource(dataset.Count, model.ClassNames ?? dataset.ClassNames, size => Relabel(
            dataset.Batches(preset, size, session.Execution, session.Cancellation), labels));
    }

    /// <summary>Checks a network's input before it is computed with, so that the message can name the file.</summary>
    /// <exception cref="InputException">The network cannot take it.</exception>
    public static void RequireInput(string path, Shape shape, ResNet model)
    {
        if (shape.Rank != 4 || shape.ElementCount == 0)
            throw new InputException($"'{path}' has shape {shape}; expected images [N, {model.Config.InChannels}, H, W], at least one");
        try
        {
            model.Trace(shape.With(0, 1));
        }
        catch (ShapeMismatchException exception)
        {
            throw new InputException($"'{path}': {exception.Message}", exception);
        }
    }

    /// <summary>The network's class for each of the data's, which may be fewer, by their names; null where the network knows no names.</summary>
    private static int[]? LabelsByName(ImageDataset dataset, ResNet model)
    {
        if (model.ClassNames is not { } known) return null;
        List<string> names = [.. known];
        return
        [
            .. dataset.ClassNames.Select(name => names.IndexOf(name) is int label and >= 0
                ? label
                : throw new InputException($"'{dataset.Name}' has the class '{name}'; the model knows {ErrorText.Listing(known)}")),
        ];
    }

    private static IEnumerable<LabeledBatch> Relabel(IEnumerable<LabeledBatch> batches, int[]? labels) => labels is null
        ? batches
        : batches.Select(batch => new LabeledBatch(batch.Images, [.. batch.Labels.Select(label => labels[label])]));

    private static DataSource OpenArrays(string images, string labels, ResNet model)
    {
        InputFile.Require(images);
        InputFile.Require(labels);
        TensorDataset dataset = TensorDataset.Load(images, labels);
        if (dataset.ClassNames.Count > model.Config.NumClasses)
            throw new InputException($"'{labels}' has the label {dataset.ClassNames.Count - 1}; the model has {model.Config.NumClasses} classes");
        RequireInput(images, [dataset.Count, .. dataset.InputShape.Dimensions], model);
        return new DataSource(dataset.Count, ClassNames: null, dataset.Batches);
    }
}
