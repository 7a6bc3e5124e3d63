using ResNetManaged.Graphs.Operations;
using ResNetManaged.Kernels.Memory;
using ResNetManaged.Kernels.Normalization;
using ResNetManaged.Kernels.Threading;
using ResNetManaged.Plans.Execution;
using ResNetManaged.Tensors;

namespace ResNetManaged.Plans.Lowering.Normalization;

/// <summary>A batch norm of a training program: its parameters in place, and what the forward half hands to the backward half.</summary>
internal sealed unsafe class TrainedNorm
{
    private readonly BatchNorm2dOperation _operation;
    private readonly PinnedArray _memory;
    private readonly PinnedState? _weight, _bias, _mean, _variance;
    private readonly IGradientMemory _gradients;
    private BatchNormParameters _parameters;

    public TrainedNorm(BatchNorm2dOperation operation, PlanValue input, PlanValue? inputGradient, IGradientMemory gradients)
    {
        _operation = operation;
        _gradients = gradients;
        Input = input;
        InputGradient = inputGradient;
        _memory = new PinnedArray(BatchNormChannels.Length(operation.Channels));
        Channels = new BatchNormChannels(_memory.Pointer, operation.Channels);
        _weight = Pin(operation.Weight);
        _bias = Pin(operation.Bias);
        _mean = Pin(operation.RunningMean);
        _variance = Pin(operation.RunningVar);
    }

    /// <summary>x.</summary>
    public PlanValue Input { get; }

    /// <summary>The gradient of x; null where it is not wanted.</summary>
    public PlanValue? InputGradient { get; }

    /// <summary>The numbers of each channel.</summary>
    public BatchNormChannels Channels { get; }

    /// <summary>Whether it uses the statistics of the batch, rather than the running ones.</summary>
    public bool OfBatch => _operation.UsesBatchStatistics;

    /// <summary>Whether the backward pass needs sums over each channel: for the statistics of a batch, or the gradient of a parameter.</summary>
    public bool NeedsSums => OfBatch || _gradients.IsWanted(_operation.Weight) || _gradients.IsWanted(_operation.Bias);

    /// <summary>Floats that either pass needs for partial sums.</summary>
    public int PartialsLength => Math.Max(MomentPartials.Length(Input.Images, _operation.Channels, Input.Layout.Size),
        ChannelPartials.Length(Input.Images, _operation.Channels));

    /// <summary>Finds the parameters' memory, and counts the batch.</summary>
    public void Begin()
    {
        bool updates = OfBatch && _mean is not null;
        _weight?.Refresh(forWriting: false);
        _bias?.Refresh(forWriting: false);
        _mean?.Refresh(forWriting: updates);
        _variance?.Refresh(forWriting: updates);
        double momentum = updates ? _operation.CountBatch() : 0;
        _parameters = new BatchNormParameters
        {
            Weight = _weight is null ? null : _weight.Pointer,
            Bias = _bias is null ? null : _bias.Pointer,
            RunningMean = _mean is null ? null : _mean.Pointer,
            RunningVariance = _variance is null ? null : _variance.Pointer,
            Eps = _operation.Eps,
            Momentum = momentum,
        };
    }

    /// <summary>Fixes mean and variance, scale and shift.</summary>
    public void SetChannels(float* partials, WorkShare share)
    {
        if (OfBatch) Channels.FromBatch(Input.Images, Input.Layout.Size, partials, _parameters, share);
        else Channels.Freeze(_parameters, share);
    }

    /// <summary>The gradients of the parameters, and how x's follows from y's.</summary>
    public void Differentiate(float* partials, in TrainingContext context) => Channels.Differentiate(Input.Images, Input.Layout.Size, partials,
        context.Accumulates, _gradients.PointerTo(_operation.Weight), _gradients.PointerTo(_operation.Bias), context.Share);

    private static PinnedState? Pin(StateTensor? state) => state is null ? null : new PinnedState(state);
}
