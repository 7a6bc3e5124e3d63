using ResNetManaged.Training.Optimizers;

namespace ResNetManaged.Tests.Support;

/// <summary>A custom optimizer: Chen et al. 2023, "Symbolic discovery of optimization algorithms", arXiv:2302.06675, algorithm 2.</summary>
internal sealed class Lion(IEnumerable<ParameterGroup> groups, ExecutionOptions? options = null) : Optimizer(groups, options, "exp_avg")
{
    public const float Beta1 = 0.9f, Beta2 = 0.99f;

    public override string ToString() => $"lion beta1={Beta1} beta2={Beta2}";

    protected override void Update(in ParameterUpdate update)
    {
        Span<float> weights = update.Weights, average = update.State(0);
        float rate = (float)update.LearningRate, decay = (float)update.WeightDecay;
        for (int i = 0; i < weights.Length; i++)
        {
            float gradient = update.Gradient[i];
            weights[i] -= rate * (MathF.Sign(Beta1 * average[i] + (1 - Beta1) * gradient) + decay * weights[i]);
            average[i] = Beta2 * average[i] + (1 - Beta2) * gradient;
        }
    }
}
