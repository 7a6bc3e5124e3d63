using System.Diagnostics;
using System.Globalization;
using ResNetManaged.Datasets;
using ResNetManaged.Datasets.Batches;
using ResNetManaged.Inference;
using ResNetManaged.Layers;
using ResNetManaged.Layers.State;
using ResNetManaged.Models;
using ResNetManaged.Preprocessing;
using ResNetManaged.Serialization;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;
using ResNetManaged.Training.Runs;

namespace ResNetManaged.Training;

/// <summary>Trains a network: epochs of steps with validation after each, checkpoints, and a log.</summary>
/// <remarks>
/// For a given vector width, the results depend only on the settings, the seed and the initial weights, not on threads or interruptions: a run that
/// is stopped (by cancellation, a crash or a signal) and resumed from its last checkpoint ends with the same bits. Files are replaced atomically, so
/// a good one always exists. Not thread-safe.
/// </remarks>
public sealed class Trainer
{
    private readonly TrainerOptions _options;
    private readonly SampleSource _training;
    private readonly BatchLoader _loader;
    private readonly TrainerStep _step;
    private readonly TrainingValidation? _validation;
    private readonly Dictionary<string, string> _settings;
    private readonly TrainingOutput _output;
    private TrainingState _state;
    private bool _resumed, _betweenSteps = true;
    private long _lap;

    /// <summary>Prepares a run; nothing is written yet.</summary>
    /// <param name="model">
    /// The network; its output is logits [N, classes]. If it is in evaluation mode, it is switched to training mode; otherwise, parts in evaluation
    /// mode stay in that mode. Parameters that require no gradient stay as they are.
    /// </param>
    /// <param name="training">The images to learn from.</param>
    /// <param name="validation">The images to validate with after each epoch; null for none.</param>
    /// <param name="options">The settings; null for the defaults.</param>
    /// <exception cref="DatasetException">There is only one class, there are fewer images than a batch takes, or the classes of both sets differ.</exception>
    /// <exception cref="ArgumentException">The network has fewer classes than the data, or the micro-batches do not divide a batch.</exception>
    /// <exception cref="ShapeMismatchException">The images do not fit the network.</exception>
    public Trainer(Module model, SampleSource training, SampleSource? validation = null, TrainerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(training);
        _options = options ??= new TrainerOptions();
        (Model, _training) = (model, training);
        TrainingChecks.Batches(training, options);
        ExecutionOptions execution = options.Execution ?? ExecutionOptions.Default;
        int batchSize = options.BatchSize / options.MicroBatches;
        _loader = new BatchLoader(training, new BatchLoaderOptions
        {
            BatchSize = batchSize,
            Order = options.Order,
            Seed = options.Seed,
            Mixup = options.Mixup is double alpha ? new Mixup(alpha) : null,
            Corrupt = options.Corrupt,
            Threads = execution.Threads,
        });
        StepsPerEpoch = _loader.BatchesPerEpoch / options.MicroBatches;
        if (!model.Training) model.Train();
        _step = new TrainerStep(model, [batchSize, .. training.InputShape.Dimensions], options, execution);
        TrainingChecks.Classes(_step.Classes, training, validation);
        if (validation is not null)
        {
            BatchLoaderOptions all = new()
            {
                BatchSize = batchSize,
                Order = SampleOrder.Sequential,
                KeepsLast = true,
                Corrupt = options.Corrupt,
                Threads = execution.Threads,
            };
            _validation = new TrainingValidation(model, _step, new BatchLoader(validation, all), execution);
        }
        _settings = TrainingSettings.Of(model, training, validation, options, _step.Optimizer);
        _output = new TrainingOutput(model, _step, training.ClassNames, _settings, options);
        _state = new TrainingState { Epochs = options.Epochs };
    }

    /// <summary>The network. After <see cref="Run"/> it has the best epoch's weights and is in evaluation mode.</summary>
    public Module Model { get; }

    /// <summary>The number of steps in an epoch.</summary>
    public int StepsPerEpoch { get; }

    /// <summary>
    /// Why the network trains on the gradient tape, node by node and slowly; null if it has a native plan. The log and <see cref="TrainingProgress"/>
    /// report it too.
    /// </summary>
    public string? TapeReason => _step.TapeReason;

    /// <summary>The images that could not be read so far.</summary>
    public IReadOnlyList<SkippedImage> Skipped => [.. _loader.Skipped, .. _validation?.Skipped ?? []];

    /// <summary>Prepares to train a new network on labeled images, as the command <c>resnet train</c> does.</summary>
    /// <param name="model">The network's name, one of <see cref="ResNetVariants.Names"/>, such as <c>resnet18</c> or <c>cifar_resnet20</c>.</param>
    /// <param name="images">The images; they are kept in memory once decoded, up to a gigabyte.</param>
    /// <param name="options">
    /// The settings; null for the <see cref="TrainingRecipe"/> that suits the network. If there are fewer images than a batch takes, a batch is all of them.
    /// </param>
    /// <param name="validationShare">The share of the images of each class to hold out for validation, below 1; 0 for none; 0.1 by default.</param>
    /// <returns>The trainer; its network has random weights and knows the names of its classes.</returns>
    /// <exception cref="ArgumentException">There is no such network, or a setting does not fit.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The share is negative, or 1 or more.</exception>
    /// <exception cref="DatasetException">There is only one class, or there are too few images.</exception>
    public static Trainer Create(string model, ImageDataset images, TrainerOptions? options = null, double validationShare = 0.1)
    {
        ArgumentException.ThrowIfNullOrEmpty(model);
        ArgumentNullException.ThrowIfNull(images);
        Require.Decay(validationShare, nameof(validationShare));
        images.RequireClasses();
        ResNetConfig config = ResNetVariants.Get(model);
        options ??= TrainingRecipe.For(config).Options;
        ImagePreset preset = ImageClassifier.DefaultPreset(config);
        ImageDataset cached = images.Cached();
        SampleSource training = cached.Samples(preset, options.Augmentation);
        SampleSource? validation = null;
        if (validationShare > 0)
        {
            DatasetSplit split = DatasetSplit.Stratified(images, validationShare, options.Seed);
            (training, validation) = (training.Subset(split.Training), cached.Samples(preset).Subset(split.Validation));
        }
        ResNet network = ResNet.Create(model, images.ClassNames.Count, generator: new TorchGenerator(options.Seed));
        (network.ClassNames, network.Preset) = (images.ClassNames, preset);
        return new Trainer(network, training, validation, options with { BatchSize = Math.Min(options.BatchSize, training.Count) });
    }

    /// <summary>The checkpoint from which a run is resumed.</summary>
    /// <param name="output">The run's <see cref="TrainerOptions.Output"/>.</param>
    /// <returns>The checkpoint's path, in the same folder.</returns>
    public static string LastCheckpointOf(string output)
    {
        ArgumentException.ThrowIfNullOrEmpty(output);
        return TrainingFiles.Of(output).Last;
    }

    /// <summary>Whether a file is the last checkpoint of a run that has not ended.</summary>
    /// <exception cref="CheckpointException">The file is damaged.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    internal static bool IsUnfinished(string checkpoint)
    {
        ArgumentException.ThrowIfNullOrEmpty(checkpoint);
        return Safetensors.ReadMetadata(checkpoint) is { } metadata && TrainingState.IsIn(metadata)
            && TrainingState.Load(checkpoint, metadata).End is null;
    }

    /// <summary>Restores the state of a run: the next <see cref="Run"/> continues from it, and continues its log.</summary>
    /// <param name="checkpoint">The run's last checkpoint: <see cref="LastCheckpointOf"/>.</param>
    /// <exception cref="CheckpointException">
    /// The file is damaged, or the run had different settings; the message names the first that differs.
    /// </exception>
    /// <exception cref="StateDictMismatchException">The checkpoint belongs to another network.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public void Resume(string checkpoint)
    {
        ArgumentException.ThrowIfNullOrEmpty(checkpoint);
        _state = TrainingCheckpoint.Read(checkpoint, Model, _step, _settings);
        _resumed = true;
    }

    /// <summary>Trains to the end. Afterwards the network has the best epoch's weights and is in evaluation mode.</summary>
    /// <param name="progress">Receives a report after each step, on this thread unless it is a <see cref="Progress{T}"/>.</param>
    /// <param name="cancellationToken">Ends the run after the current step; the state is saved before the exception is thrown.</param>
    /// <returns>The results. If a finished run was resumed, its results are returned and nothing is trained.</returns>
    /// <exception cref="OperationCanceledException">The run was canceled.</exception>
    /// <exception cref="TrainingException">The loss or a weight is no longer finite. The last checkpoint is from before that.</exception>
    /// <exception cref="IOException">An image cannot be read, or a file cannot be written.</exception>
    public TrainingSummary Run(IProgress<TrainingProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        _lap = Stopwatch.GetTimestamp();
        _output.Begin(_state);
        if (!_resumed && _options.TimeBudget is { } budget) FitEpochsInto(budget);
        if (!_resumed) _output.Save(_state); // shows at once whether files can be written, and makes the run resumable from the start
        if (_state.Step == 0 && TapeReason is not null) _output.LogTape(TapeReason);
        TrainingPace pace = new(_state, _options, StepsPerEpoch, TapeReason);
        try
        {
            while (_state.End is null) RunEpoch(pace, progress, cancellationToken);
        }
        catch when (_betweenSteps)
        {
            _output.Save(_state);
            throw;
        }
        TrainingSummary summary = _state.Summarize(_training.ClassNames);
        _output.Log(summary);
        Model.LoadStateDict(_output.Best());
        Model.Eval();
        return summary;
    }

    private bool IsTimeUp => _options.TimeBudget is { } budget && _state.Seconds + Stopwatch.GetElapsedTime(_lap).TotalSeconds >= budget.TotalSeconds;

    private void FitEpochsInto(TimeSpan budget)
    {
        double epochs = TimeBudget.CountEpochs(Model, _step, _loader, budget, StepsPerEpoch * _options.MicroBatches, _validation?.Batches ?? 0);
        _state.Epochs = (int)Math.Min(epochs, _options.Epochs);
        _state.Seconds += TakeLap();
    }

    private void RunEpoch(TrainingPace pace, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        int parts = _options.MicroBatches;
        foreach (TrainingBatch batch in _loader.Epoch(_state.Epoch, _state.EpochStep * parts, CancellationToken.None))
        {
            int part = batch.Number % parts;
            if (part == 0)
            {
                if (_state.EpochStep == StepsPerEpoch || (IsTimeUp && _state.Step > 0)) break;
                cancellation.ThrowIfCancellationRequested();
            }
            Add(batch, pace);
            if (part < parts - 1) continue;
            Update(pace);
            progress?.Report(pace.Report());
            if (_state.EpochStep < StepsPerEpoch) _output.AfterStep(_state, pace); // the end of an epoch saves anyway
        }
        cancellation.ThrowIfCancellationRequested();
        TrainingRecord? record = EndEpoch(pace, cancellation);
        if (record is not null) progress?.Report(pace.Report(record));
    }

    private void Add(TrainingBatch batch, TrainingPace pace)
    {
        _betweenSteps = false;
        (double loss, int correct) = _step.Add(batch);
        if (!double.IsFinite(loss)) throw Diverged("the loss", pace);
        _state.Add(loss, correct, batch.Count);
    }

    private void Update(TrainingPace pace)
    {
        if (!_step.TryUpdate(pace.Schedule.At(_state.Step))) throw Diverged("the gradients' norm", pace);
        _state.Step++;
        _state.EpochStep++;
        double seconds = TakeLap();
        _state.EpochSeconds += seconds;
        _state.Seconds += seconds;
        _betweenSteps = true;
    }

    /// <summary>Validates and saves. It can be repeated after an interruption, because it writes the files before it changes the state.</summary>
    private TrainingRecord? EndEpoch(TrainingPace pace, CancellationToken cancellation)
    {
        bool timeIsUp = IsTimeUp, isCut = _state.EpochStep < StepsPerEpoch, hasTrained = _state.Images > 0;
        TrainingRecord? record = null;
        if (hasTrained)
        {
            ClassificationMetrics? metrics = _validation?.Run(cancellation);
            _state.Seconds += TakeLap();
            if (metrics is null || _state.IsBetter(metrics)) _output.KeepBest(_state, metrics);
            record = pace.Epoch(metrics);
            _output.Log(record);
            _state.BeginEpoch();
        }
        _state.End = _state.Epoch == _state.Epochs && !isCut ? TrainingEnd.Completed
            : timeIsUp ? TrainingEnd.TimeBudget
            : _validation is not null && _state.Epoch - _state.BestEpoch >= _options.Patience ? TrainingEnd.EarlyStopping
            : null;
        _output.Save(_state);
        return record;
    }

    private TrainingException Diverged(string what, TrainingPace pace)
    {
        string kept = _output.Last is null ? "" : $" The last checkpoint, '{_output.Last}', is from before that.";
        return new TrainingException(string.Create(CultureInfo.InvariantCulture,
            $"Training: {what} is not finite in step {_state.EpochStep + 1} of epoch {_state.Epoch + 1}, at a learning rate of "
            + $"{pace.LearningRate:G4}; try a lower one, or clip gradients.{kept}"));
    }

    private double TakeLap()
    {
        long now = Stopwatch.GetTimestamp();
        double seconds = Stopwatch.GetElapsedTime(_lap, now).TotalSeconds;
        _lap = now;
        return seconds;
    }
}
