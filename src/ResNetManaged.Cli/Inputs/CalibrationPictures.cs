using ResNetManaged.Cli.Errors;
using ResNetManaged.Datasets;
using ResNetManaged.Imaging;
using ResNetManaged.Inference;
using ResNetManaged.Models;
using ResNetManaged.Preprocessing;
using ResNetManaged.Serialization.Classes;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;

namespace ResNetManaged.Cli.Inputs;

/// <summary>Pictures to calibrate with and, apart from these, to measure on.</summary>
internal sealed class CalibrationPictures
{
    private const int MostMeasured = 500;

    private readonly SampleSource _samples;
    private readonly int[]? _labels; // from the data's classes to the network's

    private CalibrationPictures(SampleSource samples, int[]? labels, int calibrated)
    {
        (_samples, _labels) = (samples, labels);
        int[] chosen = Spread([.. Enumerable.Range(0, samples.Count)], samples.Count > 1 ? Math.Min(calibrated, Math.Max(1, samples.Count / 2)) : 1);
        Calibration = chosen;
        Measured = Spread([.. Enumerable.Range(0, samples.Count).Except(chosen)], MostMeasured);
    }

    /// <summary>The pictures to calibrate with, spread evenly over the data: as many as requested, but at most half of the data.</summary>
    public IReadOnlyList<int> Calibration { get; }

    /// <summary>The pictures to measure on: at most 500 of the others.</summary>
    public IReadOnlyList<int> Measured { get; }

    /// <summary>Whether the data has the network's classes.</summary>
    public bool AreLabeled => _labels is not null;

    /// <summary>Opens labeled data, as `evaluate` reads it, or a folder of pictures.</summary>
    /// <param name="path">The data.</param>
    /// <param name="model">The network.</param>
    /// <param name="reading">How image files are read.</param>
    /// <param name="images">The number of pictures to calibrate with.</param>
    /// <param name="session">The command's context.</param>
    /// <exception cref="CommandFailedException">There is no such data, or it does not fit the network.</exception>
    public static CalibrationPictures Open(string path, ImageNetwork model, ImageFileOptions reading, int images, Session session)
    {
        string[] pair = path.Split(',');
        if (pair.Length == 2 && !Path.Exists(path))
        {
            InputFile.Require(pair[0]);
            InputFile.Require(pair[1]);
            TensorSamples arrays = TensorSamples.Load(pair[0], pair[1]);
            DataSource.RequireInput(pair[0], [arrays.Count, .. arrays.InputShape.Dimensions], model);
            return new CalibrationPictures(arrays, arrays.ClassNames.Count <= model.NumClasses ? [.. Enumerable.Range(0, model.NumClasses)] : null, images);
        }
        if (model.InChannels != RgbImage.Channels)
            throw new CommandFailedException($"'{path}' has images of {RgbImage.Channels} channels; the model takes {model.InChannels}");
        ImagePreset preset = ImageModel.PresetOf(model);
        if (Directory.Exists(path) && ImageFolder.FindFiles(path) is { Count: > 0 } files && files.All(file => Path.GetDirectoryName(file) == Path.TrimEndingDirectorySeparator(path)))
            return new CalibrationPictures(new PictureFiles(path, files, reading).Samples(preset), labels: null, images);
        ImageDataset dataset = DataSource.OpenImages(path, reading, session);
        return new CalibrationPictures(dataset.Samples(preset), LabelsOf(dataset.ClassNames, model), images);
    }

    /// <summary>Reads pictures, as a batch of network inputs, on all threads.</summary>
    public Tensor Load(IReadOnlyList<int> indices, Session session)
    {
        Tensor batch = Tensor.Uninitialized([indices.Count, .. _samples.InputShape.Dimensions]);
        int length = _samples.InputShape.ElementCount;
        Parallel.For(0, indices.Count, new ParallelOptions { MaxDegreeOfParallelism = session.Execution.Threads, CancellationToken = session.Cancellation },
            i => _samples.Load(indices[i], new PhiloxGenerator(0, 0, 0), batch.Span.Slice(i * length, length)));
        return batch;
    }

    /// <summary>The network's class of a picture of labeled data.</summary>
    public int LabelOf(int index) => _labels![_samples.LabelOf(index)];

    /// <summary>Maps the data's classes to the network's: by name, or in order if there are as many; null if neither fits.</summary>
    private static int[]? LabelsOf(IReadOnlyList<string> classes, ImageNetwork model)
    {
        foreach (IReadOnlyList<string>? names in (IReadOnlyList<string>?[])[model.ClassNames, model.NumClasses == ImageNetClasses.Names.Count ? ImageNetClasses.WordNetIds : null])
        {
            if (names is null) continue;
            List<string> known = [.. names];
            int[] labels = [.. classes.Select(name => known.IndexOf(name))];
            if (!labels.Contains(-1)) return labels;
        }
        return classes.Count == model.NumClasses ? [.. Enumerable.Range(0, classes.Count)] : null;
    }

    /// <summary>Some of the items, at even distances.</summary>
    private static int[] Spread(int[] items, int count) =>
        items.Length <= count ? items : [.. Enumerable.Range(0, count).Select(i => items[(int)((long)i * items.Length / count)])];

    /// <summary>The picture files of a folder, as data without classes.</summary>
    private sealed class PictureFiles(string folder, IReadOnlyList<string> files, ImageFileOptions options) : ImageDataset
    {
        public override string Name => folder;

        public override int Count => files.Count;

        public override IReadOnlyList<string> ClassNames => ["pictures"];

        public override int LabelOf(int index) => 0;

        public override string NameOf(int index) => files[index];

        public override RgbImage Load(int index) => ImageFile.Load(files[index], options);
    }
}
