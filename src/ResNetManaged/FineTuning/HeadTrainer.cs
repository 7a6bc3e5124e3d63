using System.Diagnostics;
using System.Globalization;
using ResNetManaged.Datasets;
using ResNetManaged.Datasets.Batches;
using ResNetManaged.Inference;
using ResNetManaged.Layers;
using ResNetManaged.Layers.State;
using ResNetManaged.Tensors;
using ResNetManaged.Training;
using ResNetManaged.Training.Runs;

namespace ResNetManaged.FineTuning;

/// <summary>Trains a network's head on precomputed features, in seconds.</summary>
/// <remarks>
/// Results depend only on the initial weights, the features and the seed, not on the number of threads. The trainer shares the step, the schedule and
/// the rule for the best epoch with <see cref="Trainer"/>, but keeps everything in memory, and validates with the reference kernels: an epoch costs
/// less than compiling the head.
/// </remarks>
internal sealed class HeadTrainer
{
    private readonly Linear _head;
    private readonly TrainerOptions _options;
    private readonly ExecutionOptions _execution;
    private readonly BatchLoader _loader;
    private readonly TrainerStep _step;
    private readonly IReadOnlyList<string> _classNames;
    private readonly LabeledBatch? _validation;

    /// <summary>Prepares to train.</summary>
    /// <param name="head">The layer, such as <see cref="Models.ResNet.Head"/>; it is changed in place.</param>
    /// <param name="training">Rows of features to learn from, such as a <see cref="FeatureDataset"/>.</param>
    /// <param name="validation">Rows to validate with after each epoch; null for none.</param>
    /// <param name="options">The settings; null for the defaults.</param>
    /// <exception cref="DatasetException">There is only one class.</exception>
    /// <exception cref="ArgumentException">The layer has fewer outputs than there are classes.</exception>
    /// <exception cref="ShapeMismatchException">A row does not fit the layer.</exception>
    public HeadTrainer(Linear head, SampleSource training, SampleSource? validation = null, HeadTrainingOptions? options = null)
    {
        options ??= new HeadTrainingOptions();
        _head = head;
        _classNames = training.ClassNames;
        _execution = options.Execution ?? ExecutionOptions.Default;
        foreach (SampleSource source in (SampleSource[])[training, validation ?? training])
        {
            if (source.ClassNames.Count <= head.OutFeatures) continue;
            throw new ArgumentException(
                $"HeadTrainer: '{source.Name}' has {source.ClassNames.Count} classes; the head has {head.OutFeatures}.", nameof(head));
        }
        int batchSize = Math.Min(options.BatchSize, training.Count);
        _options = options.ToTrainerOptions(batchSize);
        _loader = new BatchLoader(training, new BatchLoaderOptions { BatchSize = batchSize, Seed = options.Seed, Threads = 1, Ahead = 0 });
        _step = new TrainerStep(head, [batchSize, .. training.InputShape.Dimensions], _options, _execution);
        _validation = validation is null ? null : ReadAll(validation);
    }

    /// <summary>Trains all epochs. Afterwards the head has the best epoch's weights: see <see cref="TrainingSummary.BestEpoch"/>.</summary>
    /// <param name="progress">Receives a report after each epoch.</param>
    /// <param name="cancellationToken">Checked between epochs.</param>
    /// <returns>A record of each epoch, and the results.</returns>
    /// <exception cref="TrainingException">The loss is no longer finite.</exception>
    /// <exception cref="OperationCanceledException">The run was canceled; the head has the weights of the last finished epoch.</exception>
    public (IReadOnlyList<TrainingRecord> Epochs, TrainingSummary Summary) Run(
        IProgress<TrainingProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        TrainingState state = new() { Epochs = _options.Epochs };
        TrainingPace pace = new(state, _options, _loader.BatchesPerEpoch);
        List<TrainingRecord> records = [];
        StateDict best = new();
        while (state.Epoch < state.Epochs)
        {
            cancellationToken.ThrowIfCancellationRequested();
            long start = Stopwatch.GetTimestamp();
            TrainEpoch(state, pace);
            state.EpochSeconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            ClassificationMetrics? metrics = Validate();
            state.Seconds += Stopwatch.GetElapsedTime(start).TotalSeconds;
            if (metrics is null || state.IsBetter(metrics))
            {
                (state.BestEpoch, state.BestAccuracy, state.BestLoss) = (state.Epoch + 1, metrics?.Top1, metrics?.Loss);
                state.Confusion = metrics is null ? [] : TrainingOutput.Confusion(metrics);
                best = Copy(_head.StateDict());
            }
            TrainingRecord record = pace.Epoch(metrics);
            records.Add(record);
            state.BeginEpoch();
            progress?.Report(pace.Report(record));
        }
        _head.LoadStateDict(best);
        state.End = TrainingEnd.Completed;
        return (records, state.Summarize(_classNames));
    }

    private void TrainEpoch(TrainingState state, TrainingPace pace)
    {
        foreach (TrainingBatch batch in _loader.Epoch(state.Epoch))
        {
            (double loss, int correct) = _step.Add(batch);
            if (!double.IsFinite(loss))
            {
                throw new TrainingException(string.Create(CultureInfo.InvariantCulture,
                    $"HeadTrainer: the loss is not finite in epoch {state.Epoch + 1}, at a learning rate of "
                    + $"{pace.Schedule.At(state.Step).LearningRate:G4}; try a lower one."));
            }
            state.Add(loss, correct, batch.Count);
            _step.TryUpdate(pace.Schedule.At(state.Step));
            state.Step++;
        }
    }

    private ClassificationMetrics? Validate()
    {
        if (_validation is null) return null;
        ClassificationMetrics metrics = new(_head.OutFeatures);
        metrics.Add(_head.ForwardReference(_validation.Images, _execution), _validation.Labels);
        return metrics;
    }

    private static StateDict Copy(StateDict state)
    {
        StateDict copy = new();
        foreach ((string name, Tensor tensor) in state) copy.Add(name, tensor.Clone());
        return copy;
    }

    private static LabeledBatch ReadAll(SampleSource source)
    {
        BatchLoader loader = new(source, new BatchLoaderOptions { BatchSize = source.Count, Order = SampleOrder.Sequential, Threads = 1, Ahead = 0 });
        TrainingBatch all = loader.Epoch(0).Single();
        return new LabeledBatch(all.Images.Clone(), all.Labels.ToArray());
    }
}
