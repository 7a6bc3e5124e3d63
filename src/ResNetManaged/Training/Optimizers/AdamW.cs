using ResNetManaged.Kernels.Optimizers;

namespace ResNetManaged.Training.Optimizers;

/// <summary>Adam with decoupled weight decay.</summary>
/// <remarks>
/// The update of <c>torch.optim.AdamW</c> (Loshchilov and Hutter 2019, arXiv:1711.05101; Kingma and Ba 2015, arXiv:1412.6980). In step t, from 1, for each
/// weight w with gradient g:
/// <code>
/// w = w - learningRate * weightDecay * w
/// m = beta1 * m + (1 - beta1) * g     m and s start at 0
/// s = beta2 * s + (1 - beta2) * g * g
/// w = w - learningRate * (m / (1 - beta1^t)) / (sqrt(s / (1 - beta2^t)) + eps)
/// </code>
/// The state is <c>exp_avg</c> (m) and <c>exp_avg_sq</c> (s).
/// </remarks>
public sealed class AdamW : Optimizer
{
    private readonly double _beta1, _beta2, _eps;

    /// <summary>Creates the optimizer.</summary>
    /// <param name="groups">The parameters, with their weight decay: see <see cref="ParameterGroup.Of"/>. PyTorch's default for it is 0.01.</param>
    /// <param name="beta1">The share of the mean gradient that a step keeps, at least 0 and below 1; 0.9 by default.</param>
    /// <param name="beta2">The share of the mean square that a step keeps, at least 0 and below 1; 0.999 by default.</param>
    /// <param name="eps">Added to the root in the denominator; positive, 1e-8 by default.</param>
    /// <param name="options">Threads and vector width; null for <see cref="ExecutionOptions.Default"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    /// <exception cref="ArgumentException">There are no parameters, or a parameter or its path occurs twice.</exception>
    public AdamW(IEnumerable<ParameterGroup> groups, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-8, ExecutionOptions? options = null)
        : base(groups, options, "exp_avg", "exp_avg_sq")
    {
        _beta1 = Require.Decay(beta1, nameof(beta1));
        _beta2 = Require.Decay(beta2, nameof(beta2));
        _eps = Require.FinitePositive(eps, nameof(eps));
    }

    /// <inheritdoc/>
    protected override bool HasMomentum => true;

    /// <summary>The settings: <c>adamw beta1=0.9 beta2=0.999 eps=1E-08</c>.</summary>
    public override string ToString() => FormattableString.Invariant($"adamw beta1={_beta1} beta2={_beta2} eps={_eps}");

    /// <inheritdoc/>
    protected override void Update(in ParameterUpdate update)
    {
        double rate = update.LearningRate, beta1 = update.Momentum ?? _beta1;
        AdamWStep step = new(
            Shrinkage: (float)(1 - rate * update.WeightDecay),
            NewMean: (float)(1 - beta1),
            Beta2: (float)_beta2,
            NewSquare: (float)(1 - _beta2),
            RootCorrection: (float)(1 / Math.Sqrt(1 - Math.Pow(_beta2, Steps))),
            Eps: (float)_eps,
            StepSize: (float)(rate / (1 - Math.Pow(beta1, Steps))));
        AdamWUpdate.Run(step, update.Gradient, update.Weights, update.State(0), update.State(1), Simd);
    }
}
