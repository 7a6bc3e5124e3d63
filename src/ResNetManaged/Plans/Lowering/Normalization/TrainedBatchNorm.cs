using ResNetManaged.Graphs.Operations;
using ResNetManaged.Kernels.Memory;
using ResNetManaged.Kernels.Normalization;
using ResNetManaged.Kernels.Threading;
using ResNetManaged.Plans.Execution;

namespace ResNetManaged.Plans.Lowering.Normalization;

/// <summary>A batch norm of a training program, with the batch's statistics or the running ones.</summary>
internal sealed unsafe class TrainedBatchNorm : TrainedNorm
{
    private readonly BatchNorm2dOperation _operation;
    private readonly PinnedArray _memory;
    private readonly PinnedState? _weight, _bias, _mean, _variance;
    private readonly IGradientMemory _gradients;
    private BatchNormParameters _parameters;

    public TrainedBatchNorm(BatchNorm2dOperation operation, PlanValue input, PlanValue? inputGradient, IGradientMemory gradients)
        : base(input, inputGradient)
    {
        _operation = operation;
        _gradients = gradients;
        _memory = new PinnedArray(BatchNormChannels.Length(operation.Channels));
        Channels = new BatchNormChannels(_memory.Pointer, operation.Channels);
        _weight = Pin(operation.Weight);
        _bias = Pin(operation.Bias);
        _mean = Pin(operation.RunningMean);
        _variance = Pin(operation.RunningVar);
    }

    public override string Name => HasStatisticsOfInput ? "batch norm" : "batch norm (frozen)";

    public override BatchNormChannels Channels { get; }

    public override bool HasStatisticsOfInput => _operation.UsesBatchStatistics;

    public override bool NeedsSums => HasStatisticsOfInput || _gradients.IsWanted(_operation.Weight) || _gradients.IsWanted(_operation.Bias);

    /// <summary>Finds the parameters' memory, and counts the batch.</summary>
    public override void Begin()
    {
        bool updates = HasStatisticsOfInput && _mean is not null;
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

    public override void SetChannels(float* partials, WorkShare share)
    {
        if (HasStatisticsOfInput) Channels.FromBatch(Input.Images, Input.Layout.Size, partials, _parameters, share);
        else Channels.Freeze(_parameters, share);
    }

    public override void Differentiate(float* partials, in TrainingContext context) => Channels.Differentiate(Input.Images, Input.Layout.Size, partials,
        context.Accumulates, _gradients.PointerTo(_operation.Weight), _gradients.PointerTo(_operation.Bias), context.Share);
}
