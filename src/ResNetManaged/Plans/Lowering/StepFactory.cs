using ResNetManaged.Graphs.Operations;
using ResNetManaged.Kernels.Convolution;
using ResNetManaged.Kernels.Convolution.Direct;
using ResNetManaged.Kernels.Convolution.Stem;
using ResNetManaged.Kernels.Convolution.Winograd;
using ResNetManaged.Kernels.Pooling;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Plans.Execution;

namespace ResNetManaged.Plans.Lowering;

/// <summary>Makes the steps of a graph on one vector width.</summary>
internal readonly struct StepFactory(PlanGraph graph, WeightStore weights, ExecutionOptions options, List<Step> steps) : ISimdAction
{
    /// <summary>Tiles of a block that a thread takes through all of Winograd's phases: four register tiles of 14, with values that the caches hold.</summary>
    public const int WinogradBlock = 56;

    public void Invoke<TSimd, TVector>()
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        foreach (PlanNode node in graph.Nodes) steps.Add(Create<TSimd, TVector>(node));
        for (int i = 0; i + 1 < steps.Count; i++) steps[i].Next = steps[i + 1];
    }

    private Step Create<TSimd, TVector>(PlanNode node)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        if (node.Operation is null) return new LayoutStep(node);
        if (!PlanFormats.IsNative(node)) return new ReferenceStep(node, options);
        return node.Operation switch
        {
            Conv2dOperation => node.Choice!.Algorithm switch
            {
                ConvolutionAlgorithm.WinogradF4 => Winograd<TSimd, TVector, WinogradF4>(node),
                ConvolutionAlgorithm.WinogradF2 => Winograd<TSimd, TVector, WinogradF2>(node),
                ConvolutionAlgorithm.WinogradRows => Stem<TSimd, TVector>(node),
                _ => Direct<TSimd, TVector>(node),
            },
            LinearOperation linear => Linear<TSimd, TVector>(node, linear),
            MaxPool2dOperation => new MaxPoolStep<TSimd, TVector>(node),
            AdaptiveAvgPool2dOperation => new GlobalPoolStep<TSimd, TVector>(node),
            ZeroPadShortcutOperation => new ZeroPadStep(node),
            BatchNorm2dOperation norm => new ElementwiseStep<TSimd, TVector>(node, WeightStore.Norm(norm)),
            _ => new ElementwiseStep<TSimd, TVector>(node, norm: null),
        };
    }

    private ConvStep<TSimd, TVector> Direct<TSimd, TVector>(PlanNode node)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        ConvGeometry geometry = node.ConvGeometry;
        BlockedGather? gather = BlockedGather.Before(geometry, node.Inputs[0].Layout);
        ConvGeometry computed = gather is null ? geometry
            : new ConvGeometry(geometry.Batch, geometry.InChannels, geometry.Output, geometry.OutChannels, 1, 1, 0, 1, geometry.Groups);
        BlockedConv<TSimd, TVector> kernel =
            new(computed, gather?.Output ?? node.Inputs[0].Layout, node.Output.Layout, (node.Residual ?? node.Output).Layout, node.Relu);
        return new ConvStep<TSimd, TVector>(node, geometry, kernel, weights.Direct(node, geometry, kernel.Panels), gather);
    }

    private WinogradStep<TSimd, TVector, TTransform> Winograd<TSimd, TVector, TTransform>(PlanNode node)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
        where TTransform : struct, IWinogradTransform
    {
        ConvGeometry geometry = node.ConvGeometry;
        WinogradConv<TSimd, TVector, TTransform> kernel =
            new(geometry, node.Inputs[0].Layout, node.Output.Layout, (node.Residual ?? node.Output).Layout, node.Relu, WinogradBlock);
        return new WinogradStep<TSimd, TVector, TTransform>(node, kernel,
            weights.Winograd<TTransform>(node, geometry, kernel.Panels, node.Choice!.Algorithm));
    }

    private StemStep<TSimd, TVector> Stem<TSimd, TVector>(PlanNode node)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        ConvGeometry geometry = node.ConvGeometry;
        PoolGeometry? pool = node.Pool?.Geometry([geometry.Batch, geometry.OutChannels, geometry.Output.Height, geometry.Output.Width]);
        StemConv<TSimd, TVector> kernel = new(geometry, pool, node.Output.Layout, node.Relu);
        return new StemStep<TSimd, TVector>(node, kernel, weights.Stem(node, kernel));
    }

    private ConvStep<TSimd, TVector> Linear<TSimd, TVector>(PlanNode node, LinearOperation linear)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        ConvGeometry geometry = new(1, linear.Weight.Shape[1], node.Inputs[0].Layout.Size, linear.Weight.Shape[0], 1, 1, 0, 1, groups: 1);
        BlockedConv<TSimd, TVector> kernel = new(geometry, node.Inputs[0].Layout, node.Output.Layout, node.Output.Layout, node.Relu);
        return new ConvStep<TSimd, TVector>(node, geometry, kernel, weights.Linear(linear, geometry, kernel.Panels));
    }
}
