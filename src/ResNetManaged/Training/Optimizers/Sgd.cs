using ResNetManaged.Kernels.Optimizers;

namespace ResNetManaged.Training.Optimizers;

/// <summary>Stochastic gradient descent with momentum.</summary>
/// <remarks>
/// The update of <c>torch.optim.SGD</c> with dampening 0 (Sutskever et al. 2013, without their factor on the gradient). For each weight w with gradient g:
/// <code>
/// d = g + weightDecay * w
/// v = momentum * v + d                v starts at 0
/// w = w - learningRate * v            Nesterov: d + momentum * v instead of v
/// </code>
/// The state is <c>momentum_buffer</c> (v); without momentum there is none.
/// </remarks>
public sealed class Sgd : Optimizer
{
    private readonly double _momentum;
    private readonly bool _nesterov;

    /// <summary>Creates the optimizer.</summary>
    /// <param name="groups">The parameters, with their weight decay: see <see cref="ParameterGroup.Of"/>.</param>
    /// <param name="momentum">The share of the velocity that a step keeps, at least 0 and below 1; 0 by default.</param>
    /// <param name="nesterov">Whether to use Nesterov's momentum; requires a momentum above 0.</param>
    /// <param name="options">Threads and vector width; null for <see cref="ExecutionOptions.Default"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The momentum is negative, or 1 or more.</exception>
    /// <exception cref="ArgumentException">
    /// There are no parameters, a parameter or its path occurs twice, or <paramref name="nesterov"/> is set without momentum.
    /// </exception>
    public Sgd(IEnumerable<ParameterGroup> groups, double momentum = 0, bool nesterov = false, ExecutionOptions? options = null)
        : base(groups, options, Require.Decay(momentum, nameof(momentum)) > 0 ? ["momentum_buffer"] : [])
    {
        if (nesterov && momentum == 0) throw new ArgumentException("Sgd: Nesterov needs a momentum greater than 0.", nameof(nesterov));
        _momentum = momentum;
        _nesterov = nesterov;
    }

    /// <inheritdoc/>
    protected override bool HasMomentum => _momentum > 0;

    /// <summary>The settings: <c>sgd momentum=0.9 nesterov=True</c>.</summary>
    public override string ToString() => FormattableString.Invariant($"sgd momentum={_momentum} nesterov={_nesterov}");

    /// <inheritdoc/>
    protected override void Update(in ParameterUpdate update)
    {
        SgdStep step = new((float)update.LearningRate, (float)(update.Momentum ?? _momentum), (float)update.WeightDecay, _nesterov);
        SgdUpdate.Run(step, update.Gradient, update.Weights, _momentum > 0 ? update.State(0) : [], Simd);
    }
}
