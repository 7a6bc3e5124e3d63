using ResNetManaged.Benchmarks.Models;
using ResNetManaged.Tensors;
using ResNetManaged.Training;
using ResNetManaged.Training.Losses;
using ResNetManaged.Training.Optimizers;

namespace ResNetManaged.Benchmarks.Peers;

/// <summary>A training step run by this library. It changes the network.</summary>
internal sealed class ManagedTrainingPeer : IPeer
{
    private readonly TrainingPlan _plan;
    private readonly Sgd _optimizer;
    private readonly Tensor _input;
    private readonly LossFunction _loss;
    private readonly float[] _output;

    public ManagedTrainingPeer(BenchmarkNetwork network, ExecutionOptions options)
    {
        _input = network.Input;
        _plan = new TrainingPlan(network.Module, _input.Shape, options);
        _optimizer = new Sgd(ParameterGroup.Of(network.Module, PeerTraining.WeightDecay), PeerTraining.Momentum, options: options);
        _output = new float[_plan.OutputShape.ElementCount];
        CrossEntropyLoss loss = new();
        _loss = (logits, gradient) =>
        {
            logits.CopyTo(_output);
            return loss.Compute(logits, _plan.OutputShape[1], network.Labels, gradient);
        };
    }

    public ReadOnlySpan<float> Run()
    {
        _plan.Run(_input, _loss);
        _optimizer.Step(_plan.Gradients, PeerTraining.LearningRate);
        return _output;
    }

    public void Dispose()
    {
    }
}
