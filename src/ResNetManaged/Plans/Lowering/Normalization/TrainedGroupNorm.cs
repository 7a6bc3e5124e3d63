using ResNetManaged.Graphs.Operations;
using ResNetManaged.Kernels.Memory;
using ResNetManaged.Kernels.Normalization;
using ResNetManaged.Kernels.Threading;
using ResNetManaged.Plans.Execution;

namespace ResNetManaged.Plans.Lowering.Normalization;

/// <summary>A group norm of a training program.</summary>
internal sealed unsafe class TrainedGroupNorm : TrainedNorm
{
    private readonly GroupNormOperation _operation;
    private readonly PinnedArray _memory;
    private readonly GroupNormImages _numbers;
    private readonly PinnedState? _weight, _bias;
    private readonly IGradientMemory _gradients;

    public TrainedGroupNorm(GroupNormOperation operation, PlanValue input, PlanValue? inputGradient, IGradientMemory gradients)
        : base(input, inputGradient)
    {
        _operation = operation;
        _gradients = gradients;
        _memory = new PinnedArray(GroupNormImages.Length(input.Images, operation.Channels));
        _numbers = new GroupNormImages(_memory.Pointer, input.Images, operation.Channels, operation.Groups);
        _weight = Pin(operation.Weight);
        _bias = Pin(operation.Bias);
    }

    public override string Name => "group norm";

    public override BatchNormChannels Channels => _numbers.Channels;

    public override bool HasStatisticsOfInput => true;

    public override bool NeedsSums => true;

    private float* Weight => _weight is null ? null : _weight.Pointer;

    public override void Begin()
    {
        _weight?.Refresh(forWriting: false);
        _bias?.Refresh(forWriting: false);
    }

    public override void SetChannels(float* partials, WorkShare share) => _numbers.FromImages(Input.Layout.Size, partials, Weight,
        _bias is null ? null : _bias.Pointer, _operation.Eps, share);

    public override void Differentiate(float* partials, in TrainingContext context) => _numbers.Differentiate(Input.Layout.Size, partials, Weight,
        context.Accumulates, _gradients.PointerTo(_operation.Weight), _gradients.PointerTo(_operation.Bias), context.Share);
}
