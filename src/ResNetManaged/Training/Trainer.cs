using System.Diagnostics;
using System.Globalization;
using ResNetManaged.Datasets;
using ResNetManaged.Datasets.Batches;
using ResNetManaged.Inference;
using ResNetManaged.Layers;
using ResNetManaged.Layers.State;
using ResNetManaged.Models;
using ResNetManaged.Serialization;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.IO;
using ResNetManaged.Training.Runs;

namespace ResNetManaged.Training;

/// <summary>Trains a network: epochs of steps, validation after each, checkpoints, a log.</summary>
/// <remarks>
/// On one vector width, weights and data follow from the settings, the seed and the network's first weights alone: neither from threads nor from
/// interruptions. A run that is stopped, by cancellation, a crash or a signal, and resumed from its last checkpoint ends with the same bits. Files are replaced
/// as a whole, so there is always a good one. It is for one caller at a time.
/// </remarks>
public sealed class Trainer
{
    private readonly ResNet _model;
    private readonly (Module Module, bool Training)[] _modes;
    private readonly SampleSource _training;
    private readonly TrainerOptions _options;
    private readonly ExecutionOptions _execution;
    private readonly BatchLoader _loader;
    private readonly BatchLoader? _validation;
    private readonly TrainerStep _step;
    private readonly TrainingFiles? _files;
    private readonly Dictionary<string, string> _settings;
    private TrainingState _state;
    private StateDict? _best; // a copy, where no file has them
    private bool _resumed, _betweenSteps = true;
    private long _lap, _lastSave;
    private int _stepsSinceSave;

    /// <summary>Prepares a run; nothing is written.</summary>
    /// <param name="model">
    /// The network. Parts that are in evaluation mode, where the whole is not, stay in it, and parameters that require no gradient stay as they are.
    /// </param>
    /// <param name="training">The images to learn from.</param>
    /// <param name="validation">The images to measure with after each epoch; null for none.</param>
    /// <param name="options">The settings; null for the defaults.</param>
    /// <exception cref="DatasetException">There is one class only, there are fewer images than a batch takes, or the classes of both sets differ.</exception>
    /// <exception cref="ArgumentException">The network has fewer classes than the data, or the micro-batches do not divide a batch.</exception>
    /// <exception cref="ShapeMismatchException">The images do not fit the network.</exception>
    public Trainer(ResNet model, SampleSource training, SampleSource? validation = null, TrainerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(training);
        _options = options ??= new TrainerOptions();
        _execution = options.Execution ?? ExecutionOptions.Default;
        (_model, _training) = (model, training);
        training.RequireClasses();
        CheckClasses(model, training, validation);
        if (options.BatchSize % options.MicroBatches != 0)
        {
            throw new ArgumentException(
                $"Trainer: a batch of {options.BatchSize} images cannot be divided into {options.MicroBatches} equal parts.", nameof(options));
        }
        if (training.Count < options.BatchSize)
            throw new DatasetException(training.Name, $"has {training.Count} images for training", $"a batch takes {options.BatchSize}; make batches smaller");
        BatchLoaderOptions loading = new() { BatchSize = options.BatchSize / options.MicroBatches, Corrupt = options.Corrupt, Threads = _execution.Threads };
        _loader = new BatchLoader(training, loading with { Order = options.Order, Seed = options.Seed, Mixup = options.Mixup });
        _validation = validation is null ? null : new BatchLoader(validation, loading with { Order = SampleOrder.Sequential, KeepsLast = true });
        StepsPerEpoch = _loader.BatchesPerEpoch / options.MicroBatches;
        if (!model.Training) model.Train();
        _modes = [.. model.NamedModules().Select(named => (named.Module, named.Module.Training))];
        _step = new TrainerStep(model, [loading.BatchSize, .. training.InputShape.Dimensions], options, _execution);
        _files = options.Output is null ? null : TrainingFiles.Of(options.Output);
        _settings = TrainingSettings.Of(model, training, validation, options);
        _state = new TrainingState { Epochs = options.Epochs };
    }

    /// <summary>The number of steps in an epoch.</summary>
    public int StepsPerEpoch { get; }

    /// <summary>The images that were found unreadable so far.</summary>
    public IReadOnlyList<SkippedImage> Skipped => [.. _loader.Skipped, .. _validation?.Skipped ?? []];

    /// <summary>The checkpoint from which a run with an <see cref="TrainerOptions.Output"/> is resumed.</summary>
    /// <param name="output">The output.</param>
    /// <returns>Its path, beside the output.</returns>
    public static string LastCheckpointOf(string output)
    {
        ArgumentException.ThrowIfNullOrEmpty(output);
        return TrainingFiles.Of(output).Last;
    }

    /// <summary>Whether a file is the last checkpoint of a run that has not ended.</summary>
    /// <param name="checkpoint">A checkpoint.</param>
    /// <returns>True for such a one only.</returns>
    /// <exception cref="CheckpointException">The file is damaged.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public static bool IsUnfinished(string checkpoint)
    {
        ArgumentException.ThrowIfNullOrEmpty(checkpoint);
        return Safetensors.ReadMetadata(checkpoint) is { } metadata && TrainingState.IsIn(metadata)
            && TrainingState.Load(checkpoint, metadata).End is null;
    }

    /// <summary>Goes back to where a run stood: the next <see cref="Run"/> continues from there, and from its log.</summary>
    /// <param name="checkpoint">The run's last checkpoint.</param>
    /// <exception cref="CheckpointException">The file is damaged, or of a run with other settings; the message names the first that differs.</exception>
    /// <exception cref="StateDictMismatchException">It is of another network.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public void Resume(string checkpoint)
    {
        ArgumentException.ThrowIfNullOrEmpty(checkpoint);
        _state = TrainingCheckpoint.Read(checkpoint, _model, _step, _settings);
        _resumed = true;
    }

    /// <summary>Trains to the end. Afterwards the network has the best epoch's weights and is in evaluation mode.</summary>
    /// <param name="progress">Told after each step, on this thread where it is not a <see cref="Progress{T}"/>.</param>
    /// <param name="cancellationToken">Ends the run after the step that is under way; it is saved before the exception is thrown.</param>
    /// <returns>How it ended. A finished run that was resumed only tells so.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="TrainingException">The loss or a weight is not finite any more. The last checkpoint is from before.</exception>
    /// <exception cref="IOException">An image cannot be read, or a file cannot be written.</exception>
    public TrainingSummary Run(IProgress<TrainingProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        _lap = _lastSave = Stopwatch.GetTimestamp();
        if (_files is not null)
        {
            foreach (string file in new[] { _files.Best, _files.Last, _files.Log }) AtomicFile.RemoveLeftovers(file);
            TrainingLog.CutAfter(_files.Log, _state.Step, _state.Epoch);
        }
        if (!_resumed && _options.TimeBudget is { } budget) _state.Epochs = CountEpochsThatFit(budget);
        if (!_resumed) Save(); // that the files can be written shows now, and whatever happens the run can be resumed
        TrainingPace pace = new(_state, _options.Schedule, StepsPerEpoch);
        try
        {
            while (_state.End is null) RunEpoch(pace, progress, cancellationToken);
        }
        catch when (_betweenSteps)
        {
            Save();
            throw;
        }
        TrainingSummary summary = Summarize();
        if (_files is not null) TrainingLog.Append(_files.Log, summary);
        _model.LoadStateDict(_files is null ? _best! : Safetensors.Read(_files.Best, out _));
        _model.Eval();
        return summary;
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
            SaveWhereDue(pace);
        }
        cancellation.ThrowIfCancellationRequested();
        TrainingRecord? record = EndEpoch(pace, cancellation);
        if (record is not null) progress?.Report(pace.Report(record));
    }

    private bool IsTimeUp => _options.TimeBudget is { } budget && _state.Seconds + Stopwatch.GetElapsedTime(_lap).TotalSeconds >= budget.TotalSeconds;

    private void Add(TrainingBatch batch, TrainingPace pace)
    {
        _betweenSteps = false;
        (double loss, int correct) = _step.Add(batch);
        if (!double.IsFinite(loss)) throw Diverged("the loss", pace);
        _state.LossSum += loss * batch.Count;
        _state.Correct += correct;
        _state.Images += batch.Count;
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

    private void SaveWhereDue(TrainingPace pace)
    {
        if (_files is null || _state.EpochStep == StepsPerEpoch) return; // the epoch's end saves
        if (_state.EpochStep % _options.LogSteps == 0) TrainingLog.Append(_files.Log, pace.Step());
        if (++_stepsSinceSave >= _options.CheckpointSteps || Stopwatch.GetElapsedTime(_lastSave) >= _options.CheckpointInterval) Save();
    }

    /// <summary>Validates and saves. Whatever stops it, it can be done again: what it changes of the state it changes after the files.</summary>
    private TrainingRecord? EndEpoch(TrainingPace pace, CancellationToken cancellation)
    {
        bool timeIsUp = IsTimeUp, isCut = _state.EpochStep < StepsPerEpoch, hasTrained = _state.Images > 0;
        TrainingRecord? record = null;
        if (hasTrained)
        {
            ClassificationMetrics? metrics = Validate(cancellation);
            _state.Seconds += TakeLap();
            if (metrics is null || _state.IsBetter(metrics)) KeepBest(metrics);
            record = pace.Epoch(metrics);
            if (_files is not null) TrainingLog.Append(_files.Log, record);
            _state.BeginEpoch();
        }
        _state.End = _state.Epoch == _state.Epochs && !isCut ? TrainingEnd.Completed
            : timeIsUp ? TrainingEnd.TimeBudget
            : _validation is not null && _state.Epoch - _state.BestEpoch >= _options.Patience ? TrainingEnd.EarlyStopping
            : null;
        Save();
        return record;
    }

    private ClassificationMetrics? Validate(CancellationToken cancellation)
    {
        if (_validation is null) return null;
        using IDisposable? averaged = _step.Average?.SwapIn();
        _model.Eval();
        try
        {
            IEnumerable<LabeledBatch> batches = _validation.Epoch(0, 0, cancellation).Select(batch => new LabeledBatch(batch.Images, batch.Labels.ToArray()));
            return Evaluation.Run(_model, batches, _execution, cancellationToken: cancellation);
        }
        finally
        {
            foreach ((Module module, bool training) in _modes) module.Train(training); // parents come before their children
        }
    }

    private void KeepBest(ClassificationMetrics? metrics)
    {
        int epoch = _state.Epoch + 1;
        StateDict weights = TrainingCheckpoint.Weights(_model, _step);
        if (_files is null)
        {
            _best = new StateDict();
            foreach ((string name, Tensor tensor) in weights) _best.Add(name, tensor.Clone());
        }
        else
        {
            Dictionary<string, string> metadata = DescribeNetwork();
            metadata["epoch"] = epoch.ToString(CultureInfo.InvariantCulture);
            if (metrics is not null) metadata["validation_accuracy"] = metrics.Top1.ToString(CultureInfo.InvariantCulture);
            TrainingCheckpoint.WriteWeights(_files.Best, weights, metadata);
        }
        (_state.BestEpoch, _state.BestAccuracy, _state.BestLoss) = (epoch, metrics?.Top1, metrics?.Loss);
        if (metrics is not null) _state.Confusion = Confusion(metrics);
    }

    private void Save()
    {
        if (_files is null) return;
        Dictionary<string, string> metadata = DescribeNetwork();
        foreach ((string name, string value) in _settings) metadata[name] = value;
        TrainingCheckpoint.Write(_files.Last, _model, _step, _state, metadata);
        (_lastSave, _stepsSinceSave) = (Stopwatch.GetTimestamp(), 0);
    }

    private Dictionary<string, string> DescribeNetwork()
    {
        Dictionary<string, string> metadata = TrainingSettings.Describe(_model, _training.ClassNames);
        foreach ((string name, string value) in _options.Metadata) metadata[name] = value;
        return metadata;
    }

    private TrainingSummary Summarize() => new()
    {
        End = _state.End!.Value,
        Epochs = _state.Epoch,
        Steps = _state.Step,
        Seconds = _state.Seconds,
        BestEpoch = _state.BestEpoch,
        ValidationLoss = _state.BestLoss,
        ValidationAccuracy = _state.BestAccuracy,
        ClassNames = _training.ClassNames,
        Confusion = _state.Confusion,
    };

    private TrainingException Diverged(string what, TrainingPace pace)
    {
        string kept = _files is null ? "" : $" The last checkpoint, '{_files.Last}', is from before.";
        return new TrainingException(string.Create(CultureInfo.InvariantCulture,
            $"Training: {what} is not finite in step {_state.EpochStep + 1} of epoch {_state.Epoch + 1}, at a learning rate of "
            + $"{pace.LearningRate:G4}; try a lower one, or clip gradients.{kept}"));
    }

    /// <summary>Times the first batches, which changes nothing but running statistics, and these are put back.</summary>
    private int CountEpochsThatFit(TimeSpan budget)
    {
        const int WarmUpBatches = 2, LeastBatches = 3;
        const double LongestTiming = 3, TimingShare = 0.05, MostTimingShare = 0.2; // seconds; of the budget
        const double Reserve = 0.05;
        const double ForwardShare = 1.0 / 3; // of a training step: backward computes two products for each forward one
        (StateTensor Buffer, Tensor Value)[] buffers = [.. _model.NamedBuffers().Select(named => (named.Buffer, named.Buffer.Value.Clone()))];
        long start = Stopwatch.GetTimestamp(), timed = start;
        int batches = 0;
        foreach (TrainingBatch batch in _loader.Epoch(0))
        {
            _step.Add(batch);
            _step.Discard();
            if (batches++ < WarmUpBatches) timed = Stopwatch.GetTimestamp();
            if (Stopwatch.GetElapsedTime(start) >= MostTimingShare * budget) break;
            if (batches >= WarmUpBatches + LeastBatches && Stopwatch.GetElapsedTime(timed).TotalSeconds
                >= Math.Min(LongestTiming, TimingShare * budget.TotalSeconds)) break;
        }
        double batchSeconds = batches > WarmUpBatches
            ? Stopwatch.GetElapsedTime(timed).TotalSeconds / (batches - WarmUpBatches)
            : Stopwatch.GetElapsedTime(start).TotalSeconds / batches;
        foreach ((StateTensor buffer, Tensor value) in buffers) value.ReadOnlySpan.CopyTo(buffer.Value.Span);
        _state.Seconds += TakeLap();
        double epochSeconds = batchSeconds * (StepsPerEpoch * _options.MicroBatches + ForwardShare * (_validation?.BatchesPerEpoch ?? 0));
        return (int)Math.Clamp((budget.TotalSeconds * (1 - Reserve) - _state.Seconds) / epochSeconds, 1, _options.Epochs);
    }

    private double TakeLap()
    {
        long now = Stopwatch.GetTimestamp();
        double seconds = Stopwatch.GetElapsedTime(_lap, now).TotalSeconds;
        _lap = now;
        return seconds;
    }

    private static int[] Confusion(ClassificationMetrics metrics)
    {
        int classes = metrics.Classes;
        return [.. Enumerable.Range(0, classes * classes).Select(cell => metrics[cell / classes, cell % classes])];
    }

    private static void CheckClasses(ResNet model, SampleSource training, SampleSource? validation)
    {
        if (training.ClassNames.Count > model.Config.NumClasses)
        {
            throw new ArgumentException(
                $"Trainer: '{training.Name}' has {training.ClassNames.Count} classes; the model has {model.Config.NumClasses}.", nameof(model));
        }
        if (validation is null) return;
        for (int label = 0; label < validation.ClassNames.Count; label++)
        {
            if (label >= training.ClassNames.Count || validation.ClassNames[label] != training.ClassNames[label])
            {
                throw new DatasetException(validation.Name, $"has the class '{validation.ClassNames[label]}' with the label {label}",
                    label < training.ClassNames.Count ? $"'{training.Name}' has '{training.ClassNames[label]}' there" : $"'{training.Name}' has no more classes");
            }
        }
    }
}
