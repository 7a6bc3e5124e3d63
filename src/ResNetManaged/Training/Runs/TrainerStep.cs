using System.Numerics.Tensors;
using ResNetManaged.Datasets.Batches;
using ResNetManaged.Layers;
using ResNetManaged.Tensors;
using ResNetManaged.Training.Losses;
using ResNetManaged.Training.Optimizers;
using ResNetManaged.Training.Schedules;

namespace ResNetManaged.Training.Runs;

/// <summary>One step: the gradients of one or several batches, then the update of the weights and their average.</summary>
internal sealed class TrainerStep
{
    private readonly TrainingPlan _plan;
    private readonly CrossEntropyLoss _loss;
    private readonly LossFunction _lossFunction; // created once: a step allocates nothing
    private readonly double? _clipNorm;
    private readonly GradientTree? _tree; // null to add each batch to the sum of those before it
    private TrainingBatch? _batch; // during a call
    private int _batches, _correct;

    /// <exception cref="ArgumentException">The network's output is not [N, classes], or the options' optimizer is null.</exception>
    /// <exception cref="ShapeMismatchException">The input does not fit the network.</exception>
    public TrainerStep(Module model, Shape inputShape, TrainerOptions options, ExecutionOptions execution)
    {
        _plan = new TrainingPlan(model, inputShape, execution, options.Recompute);
        if (_plan.OutputShape.Rank != 2)
            throw new ArgumentException($"Trainer: the model's output is {_plan.OutputShape}; expected logits [N, classes].", nameof(model));
        Classes = _plan.OutputShape[1];
        _loss = new CrossEntropyLoss(options.LabelSmoothing);
        _lossFunction = Evaluate;
        _clipNorm = options.ClipNorm;
        if (options.ReducesInTree) _tree = new GradientTree(_plan.Gradients.Memory.Length);
        Optimizer = options.Optimizer(ParameterGroup.Of(model, options.WeightDecay, options.DecayNormAndBias, options.LearningRateFactor))
            ?? throw new ArgumentException("Trainer: TrainerOptions.Optimizer returned null; expected an optimizer.", nameof(options));
        Optimizer.Use(execution);
        Average = options.MovingAverage is double decay ? new ExponentialMovingAverage(model, decay, warmUp: true, execution) : null;
    }

    public int Classes { get; }

    public Optimizer Optimizer { get; }

    public ExponentialMovingAverage? Average { get; }

    public string? TapeReason => _plan.TapeReason;

    /// <summary>Adds a batch's gradients to those since the last update.</summary>
    /// <returns>The batch's loss and the number of its images that were classified correctly.</returns>
    public (double Loss, int Correct) Add(TrainingBatch batch)
    {
        (_batch, _correct) = (batch, 0);
        double loss = _plan.Run(batch.Images, _lossFunction, accumulate: _tree is null && _batches > 0);
        _tree?.Add(_plan.Gradients.Memory);
        _batches++;
        _batch = null;
        return (loss, _correct);
    }

    /// <summary>Discards the gradients since the last update.</summary>
    public void Discard()
    {
        _batches = 0;
        _tree?.Clear();
    }

    /// <summary>Updates the weights from the mean of the gradients since the last update.</summary>
    /// <returns>False if the gradients were to be clipped and their norm is not finite; then nothing was updated.</returns>
    public bool TryUpdate(ScheduleValue schedule)
    {
        GradientSet gradients = _plan.Gradients;
        _tree?.Take(gradients.Memory);
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
            if (TensorPrimitives.IndexOfMax(logits.Slice(n * Classes, Classes)) == label) _correct++;
        }
        return batch.Weights.IsEmpty
            ? _loss.Compute(logits, Classes, batch.Labels, gradient)
            : _loss.ComputeMixed(logits, Classes, batch.Labels, batch.PartnerLabels, batch.Weights, gradient);
    }
}
