using ResNetManaged.Graphs.Operations;
using ResNetManaged.Kernels.Convolution;
using ResNetManaged.Kernels.Convolution.Depthwise;
using ResNetManaged.Kernels.Convolution.Direct;
using ResNetManaged.Kernels.Convolution.Stem;
using ResNetManaged.Kernels.Convolution.Winograd;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Plans.Execution;
using ResNetManaged.Plans.Lowering.Activations;
using ResNetManaged.Plans.Lowering.Convolution;
using ResNetManaged.Tensors;

namespace ResNetManaged.Plans.Lowering;

/// <summary>
/// Convolution: directly or by Winograd's minimal filtering, with a batch norm, a sum, an activation and, in the stem, max pooling fused in.
/// </summary>
internal sealed class Conv2dLowering : OperationLowering<Conv2dOperation>
{
    /// <summary>Winograd tiles that a thread takes through all phases at a time: four register tiles of 14, whose values fit the caches.</summary>
    public const int WinogradBlock = 56;

    public override bool IsNative(PlanNode node) => node.Output.Shape.ElementCount > 0;

    public override void ChooseAlgorithm(PlanNode node, PlanGraph graph, ExecutionOptions options)
    {
        ConvGeometry geometry = Geometry(node);
        bool readsRows = node.Purpose == PlanPurpose.Inference && node.Inputs[0] == graph.Input && node.Residual is null;
        ConvChoice choice = ConvSelector.Choose(geometry, options, readsRows);
        if (node.Purpose == PlanPurpose.Training && choice.Algorithm != ConvolutionAlgorithm.Direct && !HasTransposed(geometry))
            choice = new ConvChoice(ConvolutionAlgorithm.Direct, "the gradient of its input is not a Winograd convolution");
        node.Choice = choice;
    }

    public override ValueFormat Reads(PlanNode node) => IsStem(node) ? ValueFormat.Plain : ValueFormat.Blocked;

    public override int InputBlockSize(PlanNode node) =>
        node.Choice!.Algorithm == ConvolutionAlgorithm.Direct && SuitsPlanes(Geometry(node)) ? 1 : ChannelBlock.Size;

    public override Halo InputHalo(PlanNode node)
    {
        if (IsStem(node)) return default;
        ConvGeometry geometry = Geometry(node);
        Halo halo = node.Choice!.Algorithm switch
        {
            ConvolutionAlgorithm.WinogradF4 => WinogradSizes.InputHalo<WinogradF4>(geometry),
            ConvolutionAlgorithm.WinogradF2 => WinogradSizes.InputHalo<WinogradF2>(geometry),
            _ => geometry.InputHalo,
        };
        // The gradient of the weights uses F(4x4), whatever the forward half uses.
        bool readsTiles = node.Purpose == PlanPurpose.Training && node.Choice.Algorithm != ConvolutionAlgorithm.Direct;
        return readsTiles ? Halo.Max(halo, WinogradSizes.InputHalo<WinogradF4>(geometry)) : halo;
    }

    public override Step CreateStep<TSimd, TVector>(PlanNode node, InferenceServices services) => node.Choice!.Algorithm switch
    {
        ConvolutionAlgorithm.WinogradF4 => Winograd<TSimd, TVector, WinogradF4>(node, services.Weights),
        ConvolutionAlgorithm.WinogradF2 => Winograd<TSimd, TVector, WinogradF2>(node, services.Weights),
        ConvolutionAlgorithm.WinogradRows => Stem<TSimd, TVector>(node, services.Weights),
        _ when Geometry(node).IsDepthwise => Depthwise<TSimd, TVector>(node, services.Weights),
        _ => Direct<TSimd, TVector>(node, services.Weights),
    };

    public override IEnumerable<Parameter?> Parameters(PlanNode node) => [Of(node).Weight, Of(node).Bias];

    public override IEnumerable<PlanValue> Keeps(PlanNode node) => [node.Inputs[0]];

    public override Halo GradientHalo(PlanNode node, bool givesInputGradient)
    {
        if (!givesInputGradient) return default;
        ConvGeometry geometry = Geometry(node);
        return node.Choice!.Algorithm switch
        {
            ConvolutionAlgorithm.WinogradF4 => WinogradSizes.InputHalo<WinogradF4>(ConvGradient.Transposed(geometry)),
            ConvolutionAlgorithm.WinogradF2 => WinogradSizes.InputHalo<WinogradF2>(ConvGradient.Transposed(geometry)),
            _ => ConvGradient.Halo(geometry),
        };
    }

    public override TrainingStep CreateTrainingStep<TSimd, TVector>(TrainingNode node, TrainingServices services)
    {
        ConvGeometry geometry = Geometry(node.Node);
        ConvTrainingLayouts layouts = ConvTrainingLayouts.Of(node, services.Gradients.IsWanted(Of(node.Node).Weight), services.Options.Threads);
        IConvTraining kernels = node.Node.Choice!.Algorithm switch
        {
            ConvolutionAlgorithm.WinogradF4 => new WinogradConvTraining<TSimd, TVector, WinogradF4>(geometry, layouts),
            ConvolutionAlgorithm.WinogradF2 => new WinogradConvTraining<TSimd, TVector, WinogradF2>(geometry, layouts),
            _ => new DirectConvTraining<TSimd, TVector>(geometry, layouts),
        };
        return new ConvTrainingStep<TSimd, TVector>(node, Of(node.Node), kernels, services.Gradients);
    }

    protected override long WeightElements(Conv2dOperation operation) => operation.Weight.Shape.ElementCount;

    protected override bool HasGroups(Conv2dOperation operation) => operation.Groups > 1;

    /// <summary>The sizes of a node's convolution.</summary>
    private static ConvGeometry Geometry(PlanNode node) => Of(node).Geometry(node.Inputs[0].Shape);

    /// <summary>Whether the node computes along the rows of the network's input.</summary>
    private static bool IsStem(PlanNode node) => node.Choice?.Algorithm == ConvolutionAlgorithm.WinogradRows;

    /// <summary>Whether few channels are better read as planes than padded to a block with zeros.</summary>
    private static bool SuitsPlanes(in ConvGeometry geometry) => geometry.InChannels < ChannelBlock.Size && geometry.Groups == 1
        && geometry.Dilation.Width == 1 && geometry.Stride.Width <= 2;

    /// <summary>Whether the gradient of its input is a convolution of the same kind, without groups.</summary>
    private static bool HasTransposed(in ConvGeometry geometry) => geometry.Groups == 1 && geometry.Padding.Top <= 2;

    private static ConvStep<TSimd, TVector> Direct<TSimd, TVector>(PlanNode node, WeightStore weights)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        ConvGeometry geometry = Geometry(node);
        BlockedGather? gather = BlockedGather.Before(geometry, node.Inputs[0].Layout);
        ConvGeometry computed = gather is null ? geometry
            : new ConvGeometry(geometry.Batch, geometry.InChannels, geometry.Output, geometry.OutChannels, 1, 1, 0, 1, geometry.Groups);
        BlockedConv<TSimd, TVector> kernel =
            new(computed, gather?.Output ?? node.Inputs[0].Layout, node.Output.Layout, (node.Residual ?? node.Output).Layout, HasRelu(node))
            {
                Epilogue = ActivationLowering.Epilogue<TSimd, TVector>(node),
            };
        return new ConvStep<TSimd, TVector>(node, geometry, kernel, ConvWeights.Direct(weights, node, geometry, kernel.Panels), gather);
    }

    private static DepthwiseStep<TSimd, TVector> Depthwise<TSimd, TVector>(PlanNode node, WeightStore weights)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        ConvGeometry geometry = Geometry(node);
        DepthwiseConv<TSimd, TVector> kernel = new(geometry, node.Inputs[0].Layout, node.Output.Layout, (node.Residual ?? node.Output).Layout,
            HasRelu(node))
        {
            Epilogue = ActivationLowering.Epilogue<TSimd, TVector>(node),
        };
        return new DepthwiseStep<TSimd, TVector>(node, geometry, kernel, ConvWeights.Depthwise(weights, node, kernel));
    }

    private static WinogradStep<TSimd, TVector, TTransform> Winograd<TSimd, TVector, TTransform>(PlanNode node, WeightStore weights)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
        where TTransform : struct, IWinogradTransform
    {
        ConvGeometry geometry = Geometry(node);
        WinogradConv<TSimd, TVector, TTransform> kernel =
            new(geometry, node.Inputs[0].Layout, node.Output.Layout, (node.Residual ?? node.Output).Layout, HasRelu(node), WinogradBlock)
            {
                Epilogue = ActivationLowering.Epilogue<TSimd, TVector>(node),
            };
        return new WinogradStep<TSimd, TVector, TTransform>(node, geometry, kernel, ConvWeights.Winograd<TTransform>(weights, node, geometry, kernel.Panels));
    }

    private static StemStep<TSimd, TVector> Stem<TSimd, TVector>(PlanNode node, WeightStore weights)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        ConvGeometry geometry = Geometry(node);
        Shape output = [geometry.Batch, geometry.OutChannels, geometry.Output.Height, geometry.Output.Width];
        StemConv<TSimd, TVector> kernel = new(geometry, node.Fused<MaxPool2dOperation>()?.Geometry(output), node.Output.Layout, HasRelu(node));
        return new StemStep<TSimd, TVector>(node, geometry, kernel, ConvWeights.Stem(weights, node, kernel));
    }

    private static bool HasRelu(PlanNode node) => node.Activation is ReluOperation;
}
