using System.Diagnostics;
using ResNetManaged.Cli.Options;
using ResNetManaged.Layers;
using ResNetManaged.Models;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;
using ResNetManaged.Training;
using ResNetManaged.Training.Losses;
using ResNetManaged.Training.Optimizers;

namespace ResNetManaged.Cli.Measuring;

/// <summary>A training step on random images and labels, ready to be measured.</summary>
internal sealed class MeasuredTraining
{
    private const double Momentum = 0.9, WeightDecay = 1e-4; // He et al. 2015, section 3.4
    private const double LearningRate = 1e-3; // labels are random: small enough to keep the weights near their start
    private const int Passes = 3; // forward, activation gradients, weight gradients: the same multiply-adds each

    private readonly TrainingPlan _plan;
    private readonly Sgd _optimizer;
    private readonly Tensor _images;
    private readonly LossFunction _loss;

    /// <summary>Creates images, labels and the optimizer.</summary>
    /// <param name="reference">The MODEL argument.</param>
    /// <param name="batch">The number of images in a batch.</param>
    /// <param name="module">The network.</param>
    /// <param name="plan">Its plan.</param>
    /// <param name="seed">The seed of images and labels.</param>
    /// <param name="options">Threads and vector width.</param>
    /// <param name="start">The timestamp before the network was created.</param>
    public MeasuredTraining(ModelReference reference, int batch, Module module, TrainingPlan plan, int seed, ExecutionOptions options, long start)
    {
        (Reference, Batch, _plan) = (reference, batch, plan);
        _optimizer = new Sgd(ParameterGroup.Of(module, WeightDecay), Momentum, options: options);
        LoadMilliseconds = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        MultiplyAdds = Passes * ModelSummary.Create(module, plan.InputShape).MultiplyAdds;
        _images = Tensor.Uniform(plan.InputShape, new TorchGenerator((ulong)seed));
        int classes = plan.OutputShape[1];
        PhiloxGenerator random = new((ulong)seed);
        int[] labels = [.. Enumerable.Range(0, plan.OutputShape[0]).Select(_ => random.NextInt32(classes))];
        CrossEntropyLoss loss = new();
        _loss = (logits, gradient) => loss.Compute(logits, classes, labels, gradient);
    }

    /// <summary>The MODEL argument.</summary>
    public ModelReference Reference { get; }

    /// <summary>The number of images in a batch.</summary>
    public int Batch { get; }

    /// <summary>The multiply-adds of a step, by definition: three times those of the forward pass.</summary>
    public long MultiplyAdds { get; }

    /// <summary>The time to create or load the network and compile the step.</summary>
    public double LoadMilliseconds { get; }

    /// <summary>Why the step runs on the gradient tape; null if it does not.</summary>
    public string? TapeReason => _plan.TapeReason;

    /// <summary>Bytes of activations, their gradients, and scratch.</summary>
    public long WorkspaceBytes => _plan.WorkspaceBytes;

    /// <summary>Forward, cross-entropy, backward, SGD with momentum and weight decay.</summary>
    public void Step()
    {
        _plan.Run(_images, _loss);
        _optimizer.Step(_plan.Gradients, LearningRate);
    }
}
