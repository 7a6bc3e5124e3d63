using ResNetManaged.Graphs;
using ResNetManaged.Graphs.Operations;
using ResNetManaged.Tensors;

namespace ResNetManaged.Layers;

/// <summary>Normalizes each channel over N, H, W: y = weight * (x - mean) / sqrt(var + eps) + bias.</summary>
/// <remarks>
/// Ioffe and Szegedy 2015, arXiv:1502.03167, algorithm 1. Input and output <c>[N, channels, H, W]</c>. Training mode uses the batch's
/// mean and biased variance, and moves the running mean and unbiased variance toward them by <c>momentum</c>; evaluation mode uses
/// the running ones. Defaults are those of <c>nn.BatchNorm2d</c>.
/// </remarks>
public sealed class BatchNorm2d : Module
{
    /// <summary>Creates the layer.</summary>
    /// <param name="channels">Channels of the input.</param>
    /// <param name="eps">Added to the variance.</param>
    /// <param name="momentum">The weight of a new batch in the running statistics; null for the plain average over all batches.</param>
    /// <param name="affine">Whether there are a weight and a bias.</param>
    /// <param name="trackRunningStats">Whether there are running statistics; without them evaluation uses the batch's too.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number of channels is not positive, or <paramref name="eps"/> is negative.</exception>
    public BatchNorm2d(int channels, double eps = 1e-5, double? momentum = 0.1, bool affine = true, bool trackRunningStats = true)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(channels);
        ArgumentOutOfRangeException.ThrowIfNegative(eps);
        Channels = channels;
        Eps = eps;
        Momentum = momentum;
        if (affine)
        {
            Weight = Register("weight", new Parameter([channels], 1f));
            Bias = Register("bias", new Parameter([channels], 0f));
        }
        if (trackRunningStats)
        {
            RunningMean = RegisterBuffer("running_mean", new StateTensor([channels], Tensor.Zeros));
            RunningVar = RegisterBuffer("running_var", new StateTensor([channels], Tensor.Ones));
            NumBatchesTracked = RegisterBuffer("num_batches_tracked", new StateTensor([], Tensor.Zeros));
        }
    }

    /// <summary>Whether the input is <c>[N, channels]</c>, as in <c>nn.BatchNorm1d</c>.</summary>
    internal bool OfFeatures { get; init; }

    internal override string TypeName => OfFeatures ? "BatchNorm1d" : nameof(BatchNorm2d);

    /// <summary>Channels of the input.</summary>
    internal int Channels { get; }

    /// <summary>Added to the variance to keep the division defined.</summary>
    internal double Eps { get; }

    /// <summary>The weight of a new batch in the running statistics; null for the plain average over all batches.</summary>
    internal double? Momentum { get; }

    /// <summary>The scale of each channel, gamma in the paper; null if the layer is not affine.</summary>
    public Parameter? Weight { get; }

    /// <summary>The shift of each channel, beta in the paper; null if the layer is not affine.</summary>
    public Parameter? Bias { get; }

    /// <summary>The running mean of each channel; null if not tracked.</summary>
    public StateTensor? RunningMean { get; }

    /// <summary>The running unbiased variance of each channel; null if not tracked.</summary>
    public StateTensor? RunningVar { get; }

    /// <summary>The number of training batches seen by the running statistics, as a scalar; null if none are tracked.</summary>
    internal StateTensor? NumBatchesTracked { get; }

    /// <inheritdoc/>
    protected override Value ForwardCore(Value input) => input.Apply(
        new BatchNorm2dOperation(Channels, Weight, Bias, RunningMean, RunningVar, NumBatchesTracked, Eps, Momentum, Training) { OfFeatures = OfFeatures });

    /// <inheritdoc/>
    protected override string Describe()
    {
        string momentum = Momentum is double value ? PythonFormat.Float(value) : "None";
        return $"{Channels}, eps={PythonFormat.Float(Eps)}, momentum={momentum}, affine={PythonFormat.Bool(Weight is not null)}, "
            + $"track_running_stats={PythonFormat.Bool(RunningMean is not null)}";
    }
}
