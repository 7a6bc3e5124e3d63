using System.CommandLine;
using ResNetManaged.Cli.Errors;
using ResNetManaged.Datasets;
using ResNetManaged.Datasets.Batches;
using ResNetManaged.Imaging;
using ResNetManaged.Inference;
using ResNetManaged.Models;
using ResNetManaged.Preprocessing;
using ResNetManaged.Serialization.Classes;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.IO;

namespace ResNetManaged.Cli.Inputs;

/// <summary>The DATA argument: a folder or archive with a folder of images for each class, CIFAR-10 binary files, or a pair of .npy files.</summary>
/// <param name="Count">The number of images.</param>
/// <param name="ClassNames">The names of the classes; null if the data has none.</param>
/// <param name="Batches">Reads the data in batches of a given size.</param>
/// <param name="Skipped">The images left out so far because they cannot be read.</param>
internal sealed record DataSource(int Count, IReadOnlyList<string>? ClassNames, Func<int, IEnumerable<LabeledBatch>> Batches,
    IReadOnlyList<SkippedImage> Skipped)
{
    public static Argument<string> CreateArgument() => new("DATA")
    {
        Description = "A folder with a folder of images for each class, a .tar or .tar.gz of one, a CIFAR-10 binary file or a folder of them, or X.npy,Y.npy",
    };

    /// <summary>The option to go on after an unreadable image.</summary>
    public static Option<bool> CreateSkipOption() => new("--skip-unreadable") { Description = "Skip unreadable images and list them, instead of failing" };

    /// <summary>Does work that reads images, whose error for an unreadable one also names the option to go on after it.</summary>
    /// <exception cref="CommandFailedException">An image cannot be read, and the option is not given.</exception>
    public static T NamingTheOption<T>(bool skips, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (ImageException exception) when (!skips)
        {
            throw new CommandFailedException($"{exception.Message.TrimEnd('.')}; --skip-unreadable leaves such images out", exception);
        }
    }

    /// <summary>Opens labeled images, with a word about files that are left out and folders that are probably not classes.</summary>
    /// <exception cref="CommandFailedException">There is no such data.</exception>
    public static ImageDataset OpenImages(string path, ImageFileOptions reading, Session session)
    {
        if (!Path.Exists(path)) throw new CommandFailedException($"there is no file or folder '{path}'");
        ImageDataset images = ImageDatasets.Open(path, reading);
        foreach (string note in images.Notes) session.Warn(note);
        return images;
    }

    /// <summary>Opens data for a network, with the network's preprocessing.</summary>
    /// <param name="path">The data.</param>
    /// <param name="model">The network.</param>
    /// <param name="reading">How image files are read.</param>
    /// <param name="skips">Whether to leave out unreadable images instead of failing.</param>
    /// <param name="session">The command's context.</param>
    /// <exception cref="CommandFailedException">There is no such data, or its classes or channels do not fit the network.</exception>
    public static DataSource Open(string path, ImageNetwork model, ImageFileOptions reading, bool skips, Session session)
    {
        string[] pair = path.Split(',');
        if (pair.Length == 2 && !Path.Exists(path)) return OpenArrays(pair[0], pair[1], model);
        ImageDataset dataset = OpenImages(path, reading, session);
        int[]? labels = LabelsByName(dataset, model);
        if (labels is null && dataset.ClassNames.Count != model.NumClasses)
            throw new CommandFailedException($"'{path}' has {Counted.Classes(dataset.ClassNames.Count)}; the model has {model.NumClasses}");
        if (model.InChannels != 3)
            throw new CommandFailedException($"'{path}' has images of 3 channels; the model takes {model.InChannels}");
        ImagePreset preset = ImageModel.PresetOf(model);
        List<SkippedImage> skipped = [];
        Action<SkippedImage>? skip = skips ? skipped.Add : null;
        return new DataSource(dataset.Count, model.ClassNames ?? dataset.ClassNames, size => Relabel(
            dataset.ReadableBatches(preset, size, skip, session.Execution, session.Cancellation), labels), skipped);
    }

    /// <summary>Checks an array of images against a network, so that the message names the file.</summary>
    /// <exception cref="CommandFailedException">The network cannot take it.</exception>
    public static void RequireInput(string path, Shape shape, ImageNetwork model)
    {
        if (shape.Rank != 4 || shape.ElementCount == 0)
            throw new CommandFailedException($"'{path}' has shape {shape}; expected images [N, {model.InChannels}, H, W], at least one");
        if (!ShapeCheck.TryTrace(model, shape.With(0, 1), out _, out string fault)) throw new CommandFailedException($"'{path}': {fault}");
    }

    /// <summary>
    /// Maps the data's classes, which may be fewer, to the network's by name; null if the network has no class names, or ImageNet's and the data has others.
    /// </summary>
    private static int[]? LabelsByName(ImageDataset dataset, ImageNetwork model)
    {
        if (model.ClassNames is not { } known) return null;
        List<string> names = [.. known];
        if (known.SequenceEqual(ImageNetClasses.Names) && !dataset.ClassNames.All(names.Contains))
        {
            names = [.. ImageNetClasses.WordNetIds]; // ImageNet's folders
            if (!dataset.ClassNames.All(names.Contains)) return null; // folders with names of their own, in the order of the classes
        }
        return
        [
            .. dataset.ClassNames.Select(name => names.IndexOf(name) is int label and >= 0
                ? label
                : throw new CommandFailedException($"'{dataset.Name}' has the class '{name}'; the model knows {ErrorText.Listing(known)}")),
        ];
    }

    private static IEnumerable<LabeledBatch> Relabel(IEnumerable<LabeledBatch> batches, int[]? labels) => labels is null
        ? batches
        : batches.Select(batch => new LabeledBatch(batch.Images, [.. batch.Labels.Select(label => labels[label])]));

    private static DataSource OpenArrays(string images, string labels, ImageNetwork model)
    {
        InputFile.Require(images);
        InputFile.Require(labels);
        TensorSamples dataset = TensorSamples.Load(images, labels);
        if (dataset.ClassNames.Count > model.NumClasses)
            throw new CommandFailedException($"'{labels}' has the label {dataset.ClassNames.Count - 1}; the model has {Counted.Classes(model.NumClasses)}");
        RequireInput(images, [dataset.Count, .. dataset.InputShape.Dimensions], model);
        return new DataSource(dataset.Count, ClassNames: null, dataset.Batches, Skipped: []);
    }
}
