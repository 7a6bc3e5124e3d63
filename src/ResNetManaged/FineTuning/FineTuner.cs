using ResNetManaged.Datasets;
using ResNetManaged.Inference;
using ResNetManaged.Models;
using ResNetManaged.Preprocessing;
using ResNetManaged.Serialization;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;
using ResNetManaged.Training;

namespace ResNetManaged.FineTuning;

/// <summary>Teaches a trained network new classes from images, as the command <c>resnet finetune</c> does.</summary>
/// <remarks>
/// By default only a new head learns, from features that are computed once. Results depend only on the images, the weights, the seed and the
/// settings.
/// </remarks>
public sealed class FineTuner
{
    private readonly ImageDataset _images;
    private readonly FineTuningOptions _options;
    private readonly ImagePreset _preset;
    private readonly DatasetSplit? _split;

    /// <summary>Puts a new head on a trained network; nothing is trained yet.</summary>
    /// <param name="trained">The network. Its tensors are shared, not copied, so it changes if more than the head learns.</param>
    /// <param name="images">The images of the new classes.</param>
    /// <param name="options">The settings; null for the defaults.</param>
    /// <exception cref="DatasetException">There is only one class, or validation is requested and no class has two images.</exception>
    /// <exception cref="ArgumentException">The network does not take images of 3 channels.</exception>
    public FineTuner(ImageNetwork trained, ImageDataset images, FineTuningOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(trained);
        ArgumentNullException.ThrowIfNull(images);
        if (trained.InChannels != RgbImage.Channels)
        {
            throw new ArgumentException(
                $"FineTuner: the network takes {trained.InChannels} channels; images have {RgbImage.Channels}.", nameof(trained));
        }
        images.RequireClasses();
        (_images, _options) = (images, options ?? new FineTuningOptions());
        _preset = ImageModel.PresetOf(trained);
        _split = _options.ValidationShare > 0 ? DatasetSplit.Stratified(images, _options.ValidationShare, _options.Seed) : null;
        Model = trained.WithHead(images.ClassNames.Count, new TorchGenerator(_options.Seed));
        (Model.ClassNames, Model.Preset) = (images.ClassNames, _preset);
    }

    /// <summary>The new network. After <see cref="Run"/> it has the best epoch's weights and is in evaluation mode.</summary>
    public ImageNetwork Model { get; }

    /// <summary>Loads a trained network and puts a new head on it.</summary>
    /// <param name="checkpointPath">The network's file: any that <see cref="ResNetCheckpoint.Load(string, string?, int?)"/> reads.</param>
    /// <param name="images">The images of the new classes.</param>
    /// <param name="options">The settings; null for the defaults.</param>
    /// <returns>The fine-tuner.</returns>
    /// <exception cref="CheckpointException">The file is damaged, or holds no residual network of a known family.</exception>
    /// <exception cref="DatasetException">There is only one class, or validation is requested and no class has two images.</exception>
    /// <exception cref="ArgumentException">The network does not take images of 3 channels.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public static FineTuner Load(string checkpointPath, ImageDataset images, FineTuningOptions? options = null) =>
        new(NetworkFile.Load(checkpointPath), images, options);

    /// <summary>Trains the new network, and writes it to <see cref="FineTuningOptions.Output"/>.</summary>
    /// <param name="progress">Receives a report after each step.</param>
    /// <param name="cancellationToken">Ends the run after the current step.</param>
    /// <returns>The results.</returns>
    /// <exception cref="OperationCanceledException">The run was canceled.</exception>
    /// <exception cref="TrainingException">The loss or a weight is no longer finite.</exception>
    /// <exception cref="IOException">An image cannot be read, or a file cannot be written.</exception>
    public TrainingSummary Run(IProgress<TrainingProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        Freeze(Model, _options.Part);
        return _options.Part == TrainedPart.HeadOnly ? TrainHead(progress, cancellationToken) : Train(progress, cancellationToken);
    }

    /// <summary>Lets one part of a network learn and freezes the rest.</summary>
    /// <remarks>
    /// The part that learns requires gradients and is in training mode. The frozen part requires none and is in evaluation mode, so its batch norms keep and
    /// use their running statistics. With <see cref="TrainedPart.HeadOnly"/> the whole network is in evaluation mode: a linear layer is the same in both.
    /// </remarks>
    /// <param name="model">The network.</param>
    /// <param name="part">The part that learns.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such part.</exception>
    public static void Freeze(ImageNetwork model, TrainedPart part)
    {
        ArgumentNullException.ThrowIfNull(model);
        int firstDepth = part switch
        {
            TrainedPart.HeadOnly => model.StageCount + 1,
            TrainedPart.LastStage => model.StageCount,
            TrainedPart.All => 0,
            _ => throw new ArgumentOutOfRangeException(nameof(part), part, "Unknown part."),
        };
        foreach ((string path, Parameter parameter) in model.NamedParameters()) parameter.RequiresGrad = model.DepthOf(path) >= firstDepth;
        model.Train(part != TrainedPart.HeadOnly);
        model.FreezeBelow(firstDepth);
    }

    /// <summary>Learning rate factors that shrink with the distance from the head, for <see cref="TrainerOptions.LearningRateFactor"/>.</summary>
    /// <remarks>Discriminative fine-tuning of Howard and Ruder 2018, arXiv:1801.06146, section 3.1, which divides by 2.6 per layer.</remarks>
    /// <param name="model">The network.</param>
    /// <param name="factorPerStage">
    /// The factor from the head to the last stage, from each stage to the one before it, and from the first stage to the stem; finite and above 0.
    /// </param>
    /// <returns>The factor of a parameter, given its path.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The factor is not above 0 or not finite.</exception>
    public static Func<string, double> LearningRateFactors(ImageNetwork model, double factorPerStage)
    {
        ArgumentNullException.ThrowIfNull(model);
        Require.FinitePositive(factorPerStage, nameof(factorPerStage));
        int head = model.StageCount + 1;
        return path => Math.Pow(factorPerStage, head - model.DepthOf(path));
    }

    /// <summary>Trains the head on features, so that each image is decoded only once.</summary>
    private TrainingSummary TrainHead(IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        Tensor features = _options.CacheFolder is { } folder
            ? new FeatureCache(folder).GetOrCompute(Model, _images, _preset, _options.Execution, progress: null, cancellation).Features
            : FeatureExtraction.Run(Model, _images, _preset, _options.Execution, progress: null, cancellation);
        (SampleSource training, SampleSource? validation) = Split(new FeatureDataset(_images, features));
        TrainingSummary summary = new Trainer(Model.Head, training, validation, Recipe()).Run(progress, cancellation);
        if (_options.Output is { } output) NetworkFile.Save(output, Model);
        return summary;
    }

    /// <summary>Trains on images that are augmented anew in each epoch.</summary>
    private TrainingSummary Train(IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        TrainerOptions recipe = Recipe() with { Output = _options.Output };
        ImageDataset cached = _images.Cached();
        (SampleSource training, _) = Split(cached.Samples(_preset, recipe.Augmentation));
        (_, SampleSource? validation) = Split(cached.Samples(_preset));
        Trainer trainer = new(Model, training, validation, recipe);
        TrainingSummary summary = trainer.Run(progress, cancellation);
        if (_options.Output is { } output) File.Delete(Trainer.LastCheckpointOf(output));
        return summary;
    }

    private TrainerOptions Recipe()
    {
        TrainerOptions recipe = FineTuningRecipe.For(Model, _options.Part, _split?.Training.Count ?? _images.Count);
        return recipe with
        {
            Epochs = _options.Epochs ?? recipe.Epochs,
            LearningRate = _options.LearningRate ?? recipe.LearningRate,
            Seed = _options.Seed,
            Execution = _options.Execution,
        };
    }

    private (SampleSource Training, SampleSource? Validation) Split(SampleSource source) =>
        _split is null ? (source, null) : (source.Subset(_split.Training), source.Subset(_split.Validation));
}
