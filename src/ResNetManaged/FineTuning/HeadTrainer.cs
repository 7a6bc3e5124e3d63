using System.Diagnostics;
using System.Globalization;
using System.Numerics.Tensors;
using ResNetManaged.Datasets;
using ResNetManaged.Datasets.Batches;
using ResNetManaged.Inference;
using ResNetManaged.Layers.State;
using ResNetManaged.Tensors;
using ResNetManaged.Training;
using ResNetManaged.Training.Losses;
using ResNetManaged.Training.Optimizers;
using ResNetManaged.Training.Schedules;

using Linear = ResNetManaged.Layers.Linear;
using Tensor = ResNetManaged.Tensors.Tensor;

namespace ResNetManaged.FineTuning;

/// <summary>Trains a network's head on features that were computed before, in seconds.</summary>
/// <remarks>Results follow from the first weights, the features and the seed, on any number of threads.</remarks>
public sealed class HeadTrainer
{
    private readonly Linear _head;
    private readonly HeadTrainingOptions _options;
    private readonly ExecutionOptions _execution;
    private readonly BatchLoader _loader;
    private readonly TrainingPlan _plan;
    private readonly AdamW _optimizer;
    private readonly LearningRateSchedule _schedule;
    private readonly CrossEntropyLoss _loss = new();
    private readonly LabeledBatch? _validation;
    private TrainingBatch? _batch; // during a step
    private int _correct; // in this epoch

    /// <summary>Prepares.</summary>
    /// <param name="head">The layer, such as <see cref="Models.ResNet.Head"/>: changed in place.</param>
    /// <param name="training">Rows of features to learn from, such as <see cref="FeatureDataset"/>.</param>
    /// <param name="validation">Rows to measure with after each epoch; null for none.</param>
    /// <param name="options">The settings; null for the defaults.</param>
    /// <exception cref="DatasetException">There is one class only.</exception>
    /// <exception cref="ArgumentException">The layer has fewer outputs than there are classes.</exception>
    /// <exception cref="ShapeMismatchException">A row does not fit the layer.</exception>
    public HeadTrainer(Linear head, SampleSource training, SampleSource? validation = null, HeadTrainingOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(head);
        ArgumentNullException.ThrowIfNull(training);
        (_head, _options) = (head, options ?? new HeadTrainingOptions());
        _execution = _options.Execution ?? ExecutionOptions.Default;
        foreach (SampleSource source in (SampleSource[])[training, validation ?? training])
        {
            if (source.ClassNames.Count <= head.OutFeatures) continue;
            throw new ArgumentException(
                $"HeadTrainer: '{source.Name}' has {source.ClassNames.Count} classes; the head has {head.OutFeatures}.", nameof(head));
        }
        int batchSize = Math.Min(_options.BatchSize, training.Count);
        _loader = new BatchLoader(training, new BatchLoaderOptions { BatchSize = batchSize, Seed = _options.Seed, Threads = 1, Ahead = 0 });
        _plan = new TrainingPlan(head, [batchSize, .. training.InputShape.Dimensions], _execution);
        _optimizer = new AdamW(ParameterGroup.Of(head, _options.WeightDecay, decayNormAndBias: false), options: _execution);
        _schedule = LearningRateSchedule.Cosine(_options.LearningRate, (long)_options.Epochs * _loader.BatchesPerEpoch);
        _validation = validation is null ? null : ReadAll(validation);
    }

    /// <summary>
    /// Trains all epochs. Afterwards the head is that of the best one: of the highest validation accuracy, of equal ones of the least loss; the last one
    /// without validation.
    /// </summary>
    /// <param name="progress">Told after each epoch.</param>
    /// <param name="cancellationToken">Looked at between epochs.</param>
    /// <returns>A record for each epoch, and which one, from 1, was the best.</returns>
    /// <exception cref="TrainingException">The loss is not finite any more.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled; the head is that of the epoch before.</exception>
    public (IReadOnlyList<TrainingRecord> Epochs, int BestEpoch) Run(IProgress<TrainingRecord>? progress = null, CancellationToken cancellationToken = default)
    {
        List<TrainingRecord> records = [];
        TrainingRecord? best = null;
        StateDict weights = new();
        long start = Stopwatch.GetTimestamp();
        for (int epoch = 0; epoch < _options.Epochs; epoch++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            TrainingRecord record = RunEpoch(epoch, start);
            records.Add(record);
            if (IsBetter(record, best))
            {
                best = record;
                weights = Copy(_head.StateDict());
            }
            progress?.Report(record);
        }
        _head.LoadStateDict(weights);
        return (records, best!.Epoch);
    }

    private TrainingRecord RunEpoch(int epoch, long start)
    {
        long epochStart = Stopwatch.GetTimestamp();
        double lossSum = 0, learningRate = 0;
        int images = 0;
        _correct = 0;
        foreach (TrainingBatch batch in _loader.Epoch(epoch))
        {
            _batch = batch;
            double loss = _plan.Run(batch.Images, Evaluate);
            ScheduleValue schedule = _schedule.At(_optimizer.Steps);
            learningRate = schedule.LearningRate;
            if (!double.IsFinite(loss))
            {
                throw new TrainingException(string.Create(CultureInfo.InvariantCulture,
                    $"HeadTrainer: the loss is not finite in epoch {epoch + 1}, at a learning rate of {learningRate:G4}; try a lower one."));
            }
            _optimizer.Step(_plan.Gradients, schedule);
            lossSum += loss * batch.Count;
            images += batch.Count;
        }
        double seconds = Stopwatch.GetElapsedTime(epochStart).TotalSeconds;
        ClassificationMetrics? metrics = Validate();
        return new TrainingRecord
        {
            Epoch = epoch + 1,
            Step = _optimizer.Steps,
            TrainLoss = lossSum / images,
            TrainAccuracy = (double)_correct / images,
            ValidationLoss = metrics?.Loss,
            ValidationAccuracy = metrics?.Top1,
            LearningRate = learningRate,
            ImagesPerSecond = images / Math.Max(seconds, double.Epsilon),
            Seconds = Stopwatch.GetElapsedTime(start).TotalSeconds,
        };
    }

    private double Evaluate(ReadOnlySpan<float> logits, Span<float> gradient)
    {
        int classes = _head.OutFeatures;
        for (int n = 0; n < _batch!.Count; n++)
        {
            if (TensorPrimitives.IndexOfMax(logits.Slice(n * classes, classes)) == _batch.Labels[n]) _correct++;
        }
        return _loss.Compute(logits, classes, _batch.Labels, gradient);
    }

    private ClassificationMetrics? Validate()
    {
        if (_validation is null) return null;
        ClassificationMetrics metrics = new(_head.OutFeatures);
        metrics.Add(_head.ForwardReference(_validation.Images, _execution), _validation.Labels);
        return metrics;
    }

    private static bool IsBetter(TrainingRecord record, TrainingRecord? best) => best is null || record.ValidationAccuracy is not double accuracy
        || accuracy > best.ValidationAccuracy || (accuracy == best.ValidationAccuracy && record.ValidationLoss < best.ValidationLoss);

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
