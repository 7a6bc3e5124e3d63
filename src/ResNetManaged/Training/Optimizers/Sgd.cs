using ResNetManaged.Kernels.Optimizers;
using ResNetManaged.Training.Schedules;

namespace ResNetManaged.Training.Optimizers;

/// <summary>Stochastic gradient descent with momentum.</summary>
/// <remarks>
/// The update of <c>torch.optim.SGD</c> with dampening 0 (Sutskever et al. 2013, without their factor on the gradient). For each weight w with gradient g:
/// <code>
/// d = g + weightDecay * w
/// v = momentum * v + d                v starts at 0
/// w = w - learningRate * v            Nesterov: d + momentum * v instead of v
/// </code>
/// Its state: <c>momentum_buffer</c>, v; none without momentum.
/// </remarks>
public sealed class Sgd : Optimizer
{
    /// <summary>Creates the optimizer.</summary>
    /// <param name="groups">The parameters, with their weight decay: see <see cref="ParameterGroup.Of"/>.</param>
    /// <param name="momentum">The share of the velocity that a step keeps, from 0, the default: none, to below 1.</param>
    /// <param name="nesterov">Whether the velocity counts as if the next step had been made; needs momentum.</param>
    /// <param name="options">Threads and vector width; null for <see cref="ExecutionOptions.Default"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The momentum is not from 0 to below 1.</exception>
    /// <exception cref="ArgumentException">
    /// There are no parameters, one or its path is there twice, or <paramref name="nesterov"/> is asked for without momentum.
    /// </exception>
    public Sgd(IEnumerable<ParameterGroup> groups, double momentum = 0, bool nesterov = false, ExecutionOptions? options = null)
        : base(groups, options, Require.Decay(momentum, nameof(momentum)) > 0 ? ["momentum_buffer"] : [])
    {
        if (nesterov && momentum == 0) throw new ArgumentException("Sgd: Nesterov needs a momentum greater than 0.", nameof(nesterov));
        Momentum = momentum;
        Nesterov = nesterov;
    }

    /// <summary>The share of the velocity that a step keeps, where the schedule says nothing else.</summary>
    public double Momentum { get; }

    /// <summary>Whether the velocity counts as if the next step had been made.</summary>
    public bool Nesterov { get; }

    private protected override void CheckMomentum(double momentum)
    {
        if (Momentum == 0)
            throw new ArgumentException($"Sgd: the schedule sets the momentum to {momentum}, but this optimizer was made without momentum.");
    }

    private protected override void Update(ParameterGroup group, ScheduleValue schedule, ReadOnlySpan<float> gradient, Span<float> weight,
        ReadOnlySpan<float[]> state, int start)
    {
        SgdStep step = new((float)(schedule.LearningRate * group.LearningRateFactor), (float)(schedule.Momentum ?? Momentum),
            (float)group.WeightDecay, Nesterov);
        SgdUpdate.Run(step, gradient, weight, state.IsEmpty ? [] : state[0].AsSpan(start, weight.Length), Simd);
    }
}
