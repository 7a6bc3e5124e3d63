using System.Diagnostics;
using ResNetManaged.Datasets;
using ResNetManaged.FineTuning;
using ResNetManaged.Inference;
using ResNetManaged.Models;
using ResNetManaged.Preprocessing;
using ResNetManaged.Tensors;
using ResNetManaged.Training;
using ResNetManaged.Training.Runs;

namespace ResNetManaged.Cli.Training;

/// <summary>The settings of fine-tuning; null selects the default for the trained part.</summary>
/// <param name="Part">The part to train.</param>
/// <param name="Epochs">Passes over the images.</param>
/// <param name="LearningRate">The largest learning rate.</param>
/// <param name="Seed">The seed for order, augmentation and the head's initial weights.</param>
/// <param name="CacheFolder">The folder that keeps features.</param>
/// <param name="Output">The file for the new network.</param>
/// <param name="Resumed">The last checkpoint of the run to resume; null for a new run.</param>
/// <param name="Metadata">Strings to store in the checkpoints.</param>
internal sealed record FineTuningSettings(
    TrainedPart Part, int? Epochs, double? LearningRate, ulong Seed, string CacheFolder, string Output, string? Resumed,
    IReadOnlyDictionary<string, string> Metadata);

/// <summary>The result of fine-tuning. The network has the weights of the best epoch, and its file is written.</summary>
/// <param name="Epochs">The epochs.</param>
/// <param name="BestEpoch">The epoch whose weights were kept, from 1.</param>
/// <param name="Logits">The validation images' logits, [N, classes], computed with these weights.</param>
/// <param name="Timings">The seconds of each part of the run.</param>
/// <param name="FeaturesWereCached">Whether all features came from the cache.</param>
internal sealed record FineTuned(
    IReadOnlyList<TrainingRecord> Epochs, int BestEpoch, Tensor Logits, IReadOnlyList<(string Name, double Seconds)> Timings, bool FeaturesWereCached);

/// <summary>Trains a network's new head and, if requested, more of the network.</summary>
internal sealed class FineTuningRun(ImageNetwork model, FineTuningData data, FineTuningSettings settings, Session session)
{
    private readonly ImagePreset _preset = ImageModel.PresetOf(model);
    private readonly List<(string Name, double Seconds)> _timings = [];
    private long _lap = Stopwatch.GetTimestamp();

    /// <summary>Trains and saves the network.</summary>
    public FineTuned Run() => settings.Part == TrainedPart.HeadOnly ? TrainHead() : Train();

    /// <summary>Trains the head on features that are computed once, whatever the number of epochs.</summary>
    private FineTuned TrainHead()
    {
        FineTuner.Freeze(model, TrainedPart.HeadOnly);
        bool isShare = ReferenceEquals(data.Training.Images, data.Validation.Images);
        (Tensor features, bool wereCached) = GetFeatures(data.Training.Images);
        FeatureDataset training = new(data.Training.Images, features), validation = training;
        if (!isShare)
        {
            (features, bool othersWereCached) = GetFeatures(data.Validation.Images);
            validation = new FeatureDataset(data.Validation.Images, features);
            wereCached &= othersWereCached;
        }
        TakeLap(wereCached ? "reading features" : "computing features");

        SampleSource heldOut = validation.Subset(data.Validation.Indices);
        Trainer trainer = new(model.Head, training.Subset(data.Training.Indices), heldOut, Recipe());
        FinishedEpochs epochs = new();
        TrainingSummary summary = trainer.Run(epochs, session.Cancellation);
        TakeLap("training the head");
        NetworkFile.Save(settings.Output, model);
        TakeLap("saving");
        return new FineTuned(epochs.Records, summary.BestEpoch, HeadLogits(validation.Features), _timings, wereCached);
    }

    /// <summary>Trains on randomly augmented images, which pass through the network in every epoch.</summary>
    private FineTuned Train()
    {
        FineTuner.Freeze(model, settings.Part);
        TrainerOptions recipe = Recipe() with { Output = settings.Output, Metadata = settings.Metadata };
        SampleSource training = data.Training.Images.Cached().Samples(_preset, recipe.Augmentation).Subset(data.Training.Indices);
        SampleSource validation = data.Validation.Images.Cached().Samples(_preset).Subset(data.Validation.Indices);
        Trainer trainer = new(model, training, validation, recipe);
        if (settings.Resumed is not null) trainer.Resume(settings.Resumed);
        TrainingDisplay.WarnOfTape(session, trainer.TapeReason);
        TrainingSummary summary = new TrainingDisplay(session, json: false).Follow(progress => trainer.Run(progress, session.Cancellation));
        File.Delete(Trainer.LastCheckpointOf(settings.Output));
        TakeLap("training");
        Tensor logits = ValidationLogits.Compute(model, validation, session);
        TakeLap("measuring");
        return new FineTuned(TrainingLog.Read(TrainingFiles.Of(settings.Output).Log).Epochs, summary.BestEpoch, logits, _timings, FeaturesWereCached: false);
    }

    private TrainerOptions Recipe()
    {
        TrainerOptions recipe = FineTuningRecipe.For(model, settings.Part, data.Training.Indices.Count);
        return recipe with
        {
            Epochs = settings.Epochs ?? recipe.Epochs,
            LearningRate = settings.LearningRate ?? recipe.LearningRate,
            Seed = settings.Seed,
            Execution = session.Execution,
        };
    }

    private (Tensor Features, bool WereCached) GetFeatures(ImageDataset images)
    {
        FeatureCache cache = new(settings.CacheFolder);
        return session.WithProgress("features", images.Count, printsMeanwhile: false, progress =>
            cache.GetOrCompute(model, images, _preset, session.Execution, progress, session.Cancellation));
    }

    private Tensor HeadLogits(Tensor features)
    {
        int width = features.Shape[1];
        IReadOnlyList<int> indices = data.Validation.Indices;
        Tensor rows = Tensor.Zeros([indices.Count, width]);
        for (int i = 0; i < indices.Count; i++)
            features.ReadOnlySpan.Slice(indices[i] * width, width).CopyTo(rows.Span.Slice(i * width, width));
        return model.Head.ForwardReference(rows, session.Execution);
    }

    private void TakeLap(string name)
    {
        long now = Stopwatch.GetTimestamp();
        _timings.Add((name, Stopwatch.GetElapsedTime(_lap, now).TotalSeconds));
        _lap = now;
    }

    private sealed class FinishedEpochs : IProgress<TrainingProgress>
    {
        public List<TrainingRecord> Records { get; } = [];

        public void Report(TrainingProgress value)
        {
            if (value.Finished is { } record) Records.Add(record);
        }
    }
}
