using ResNetManaged.Graphs.Operations;
using ResNetManaged.Graphs.Operations.Activations;
using ResNetManaged.Graphs.Operations.Channels;
using ResNetManaged.Graphs.Operations.Shapes;
using ResNetManaged.Plans.Lowering.Activations;
using ResNetManaged.Plans.Lowering.Channels;
using ResNetManaged.Plans.Lowering.Convolution;
using ResNetManaged.Plans.Lowering.Normalization;
using ResNetManaged.Plans.Lowering.Pooling;

namespace ResNetManaged.Plans.Lowering;

/// <summary>The lowering of each operation.</summary>
internal static class Lowerings
{
    private static readonly Dictionary<Type, OperationLowering> ByOperation = new()
    {
        [typeof(AdaptiveAvgPool2dOperation)] = new AdaptiveAvgPool2dLowering(),
        [typeof(AddOperation)] = new AddLowering(),
        [typeof(AvgPool2dOperation)] = new AvgPool2dLowering(),
        [typeof(BatchNorm2dOperation)] = new BatchNorm2dLowering(),
        [typeof(BlurPool2dOperation)] = new BlurPool2dLowering(),
        [typeof(ChannelConvOperation)] = new ChannelConvLowering(),
        [typeof(ChannelNormOperation)] = new ChannelNormLowering(),
        [typeof(ChannelShuffleOperation)] = new ChannelShuffleLowering(),
        [typeof(ChannelSliceOperation)] = new ChannelSliceLowering(),
        [typeof(ClipOperation)] = new ActivationLowering(),
        [typeof(ClippedLineOperation)] = new ActivationLowering(),
        [typeof(ConcatOperation)] = new ConcatLowering(),
        [typeof(Conv2dOperation)] = new Conv2dLowering(),
        [typeof(EluOperation)] = new ActivationLowering(),
        [typeof(FlattenOperation)] = new ReshapeLowering<FlattenOperation>(),
        [typeof(GeluOperation)] = new ActivationLowering(),
        [typeof(GeluTanhOperation)] = new ActivationLowering(),
        [typeof(GroupNormOperation)] = new GroupNormLowering(),
        [typeof(HardsigmoidOperation)] = new ActivationLowering(),
        [typeof(HardswishOperation)] = new ActivationLowering(),
        [typeof(LeakyReluOperation)] = new ActivationLowering(),
        [typeof(LinearOperation)] = new LinearLowering(),
        [typeof(MaxPool2dOperation)] = new MaxPool2dLowering(),
        [typeof(MishOperation)] = new ActivationLowering(),
        [typeof(MulOperation)] = new MulLowering(),
        [typeof(PreluOperation)] = new PreluLowering(),
        [typeof(ReluOperation)] = new ReluLowering(),
        [typeof(ReshapeOperation)] = new ReshapeLowering<ReshapeOperation>(),
        [typeof(ScaleOperation)] = new ScaleLowering(),
        [typeof(SigmoidOperation)] = new ActivationLowering(),
        [typeof(SiluOperation)] = new ActivationLowering(),
        [typeof(SoftmaxOperation)] = new SoftmaxLowering(),
        [typeof(SoftplusOperation)] = new ActivationLowering(),
        [typeof(TanhOperation)] = new ActivationLowering(),
        [typeof(ZeroPadShortcutOperation)] = new ZeroPadShortcutLowering(),
    };

    /// <summary>The lowering of an operation; an operation without one runs on tensors, and its batches are not split.</summary>
    public static OperationLowering Of(Operation operation) => ByOperation.GetValueOrDefault(operation.GetType(), ReferenceLowering.Instance);
}
