using System.Numerics.Tensors;
using ResNetManaged.Datasets.Batches;
using ResNetManaged.Models;
using ResNetManaged.Tensors;
using ResNetManaged.Training.Losses;
using ResNetManaged.Training.Optimizers;
using ResNetManaged.Training.Schedules;

namespace ResNetManaged.Training.Runs;

/// <summary>One step: the gradients of one or several batches, then the update of weights and their average.</summary>
internal sealed class TrainerStep
{
    private readonly TrainingPlan _plan;
    private readonly CrossEntropyLoss _loss;
    private readonly LossFunction _lossFunction; // made once: a step allocates nothing
    private readonly double? _clipNorm;
    private readonly int _classes;
    private TrainingBatch? _batch; // during a call
    private int _batches, _correct;

    public TrainerStep(ResNet model, Shape inputShape, TrainerOptions options, ExecutionOptions execution)
    {
        _plan = new TrainingPlan(model, inputShape, execution, options.Recompute);
        _loss = new CrossEntropyLoss(options.LabelSmoothing);
        _lossFunction = Evaluate;
        _clipNorm = options.ClipNorm;
        _classes = model.Config.NumClasses;
        Optimizer = options.Optimizer.Create(
            ParameterGroup.Of(model, options.WeightDecay, options.DecayNormAndBias, options.LearningRateFactor), execution);
        Average = options.MovingAverage is double decay ? new ExponentialMovingAverage(model, decay, warmUp: true, execution) : null;
    }

    public Optimizer Optimizer { get; }

    public ExponentialMovingAverage? Average { get; }

    /// <summary>Adds a batch's gradients to those since the last update.</summary>
    /// <returns>The batch's loss and how many of its images were classified right.</returns>
    public (double Loss, int Correct) Add(TrainingBatch batch)
    {
        (_batch, _correct) = (batch, 0);
        double loss = _plan.Run(batch.Images, _lossFunction, accumulate: _batches++ > 0);
        _batch = null;
        return (loss, _correct);
    }

    /// <summary>Forgets the gradients since the last update.</summary>
    public void Discard() => _batches = 0;

    /// <summary>Changes the weights by the mean of the gradients since the last update.</summary>
    /// <returns>Whether it did: not where the gradients were to be clipped and their norm is not finite.</returns>
    public bool TryUpdate(ScheduleValue schedule)
    {
        GradientSet gradients = _plan.Gradients;
        if (_batches > 1) gradients.Scale(1.0 / _batches);
        _batches = 0;
        if (_clipNorm is double norm && !double.IsFinite(gradients.ClipNorm(norm))) return false;
        Optimizer.Step(gradients, schedule);
        Average?.Update();
        return true;
    }

    private double Evaluate(ReadOnlySpan<float> logits, Span<float> gradient)
    {
        TrainingBatch batch = _batch!;
        for (int n = 0; n < batch.Count; n++)
        {
            int label = batch.Weights.IsEmpty || batch.Weights[n] >= 0.5f ? batch.Labels[n] : batch.PartnerLabels[n];
            if (TensorPrimitives.IndexOfMax(logits.Slice(n * _classes, _classes)) == label) _correct++;
        }
        return batch.Weights.IsEmpty
            ? _loss.Compute(logits, _classes, batch.Labels, gradient)
            : _loss.ComputeMixed(logits, _classes, batch.Labels, batch.PartnerLabels, batch.Weights, gradient);
    }
}
