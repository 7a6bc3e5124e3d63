using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using ResNetManaged.Datasets;
using ResNetManaged.Datasets.Batches;
using ResNetManaged.Inference;
using ResNetManaged.Layers;
using ResNetManaged.Models;
using ResNetManaged.Serialization;
using ResNetManaged.Serialization.Dialects;
using ResNetManaged.Tensors;
using ResNetManaged.Training.Optimizers;
using ResNetManaged.Training.Schedules;

namespace ResNetManaged.Training.Runs;

/// <summary>The settings that determine a run's results, as strings. A run can be resumed only with the same settings.</summary>
internal static class TrainingSettings
{
    private const string ModelName = "model";

    private const string Prefix = "setting.";

    public static Dictionary<string, string> Of(
        Module model, SampleSource training, SampleSource? validation, TrainerOptions options, Optimizer optimizer) => new()
        {
            [Prefix + "model"] = NameOf(model),
            [Prefix + "input"] = training.InputShape.ToString(),
            [Prefix + "data"] = Describe(training),
            [Prefix + "augmentation"] = training.Settings,
            [Prefix + "validation"] = validation is null ? "none" : Describe(validation),
            [Prefix + "epochs"] = Text(options.Epochs),
            [Prefix + "batch"] = Text(options.BatchSize),
            [Prefix + "micro_batches"] = Text(options.MicroBatches) + (options.ReducesInTree ? " in a tree" : ""),
            [Prefix + "learning_rate"] = LearningRateShapes.Describe(options),
            [Prefix + "optimizer"] = optimizer.ToString(),
            [Prefix + "weight_decay"] = Text(options.WeightDecay),
            [Prefix + "decay_norm_and_bias"] = options.DecayNormAndBias ? "true" : "false",
            [Prefix + "learning_rate_factors"] = DescribeParameters(model, options),
            [Prefix + "label_smoothing"] = Text(options.LabelSmoothing),
            [Prefix + "mixup"] = options.Mixup is double alpha ? new Mixup(alpha).ToString() : "none",
            [Prefix + "moving_average"] = options.MovingAverage is double decay ? Text(decay) : "none",
            [Prefix + "clip_norm"] = options.ClipNorm is double norm ? Text(norm) : "none",
            [Prefix + "seed"] = Text(options.Seed),
            [Prefix + "order"] = options.Order.ToString(),
            [Prefix + "corrupt"] = options.Corrupt.ToString(),
        };

    /// <summary>Checks that a checkpoint was made with these settings.</summary>
    /// <exception cref="CheckpointException">One is missing or differs; the message names it.</exception>
    public static void Check(string file, IReadOnlyDictionary<string, string> saved, Dictionary<string, string> expected)
    {
        foreach ((string name, string value) in expected)
        {
            if (!saved.TryGetValue(name, out string? found))
                throw new CheckpointException(file, name, "is missing", "expected the last checkpoint of a training run");
            if (found != value)
            {
                throw new CheckpointException(file, name[Prefix.Length..], $"is {found}",
                    $"this run has {value}; resume with the same settings, or start a new run");
            }
        }
    }

    /// <summary>The metadata of every checkpoint of a network: its name, the names of its classes, and its preprocessing, if known.</summary>
    public static Dictionary<string, string> Describe(Module model, IReadOnlyList<string> classNames)
    {
        Dictionary<string, string> metadata = new()
        {
            [ModelName] = NameOf(model),
            [CheckpointClasses.MetadataName] = CheckpointClasses.Compose(classNames),
        };
        if (model is not ImageNetwork network) return metadata;
        if (network.Preset is { } preset) metadata.Add(CheckpointPreset.MetadataName, CheckpointPreset.Compose(preset));
        if (network is ResNet resNet) CheckpointArchitecture.AddTo(metadata, resNet);
        NetworkFile.AddGraph(metadata, network);
        return metadata;
    }

    private static string NameOf(Module model) => model is ResNet network ? ResNetVariants.NameOf(network.Config) ?? "unnamed" : model.TypeName;

    /// <summary>The number of items, and a digest of their labels in order and of the classes' names, but not of the images.</summary>
    private static string Describe(SampleSource source)
    {
        int[] labels = new int[source.Count];
        for (int i = 0; i < labels.Length; i++) labels[i] = source.LabelOf(i);
        using IncrementalHash digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        digest.AppendData(MemoryMarshal.AsBytes<int>(labels));
        foreach (string name in source.ClassNames) digest.AppendData(JsonEncodedText.Encode(name + '\n').EncodedUtf8Bytes);
        return string.Create(CultureInfo.InvariantCulture,
            $"{source.Count} images of {source.ClassNames.Count} classes ({Short(digest)})");
    }

    /// <summary>Which parameters are trained, and with which learning rate factors.</summary>
    private static string DescribeParameters(Module model, TrainerOptions options)
    {
        using IncrementalHash digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        int trained = 0;
        foreach ((string path, Parameter parameter) in model.NamedParameters())
        {
            if (!parameter.RequiresGrad) continue;
            trained++;
            digest.AppendData(JsonEncodedText.Encode($"{path} {Text(options.LearningRateFactor?.Invoke(path) ?? 1)}\n").EncodedUtf8Bytes);
        }
        return string.Create(CultureInfo.InvariantCulture, $"{trained} parameters ({Short(digest)})");
    }

    private static string Short(IncrementalHash digest) => Convert.ToHexStringLower(digest.GetHashAndReset().AsSpan(0, 8));

    private static string Text(IFormattable value) => value.ToString(format: null, CultureInfo.InvariantCulture);
}
