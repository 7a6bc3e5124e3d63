using ResNetManaged.Kernels.Elementwise;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Plans.Execution;

namespace ResNetManaged.Plans.Lowering.Channels;

/// <summary>Copies channels.</summary>
/// <param name="node">The node.</param>
/// <param name="sources">For each channel of the output, the channel of the input.</param>
internal sealed unsafe class ChannelSelectionStep<TSimd, TVector>(PlanNode node, int[] sources) : Step(node)
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    private readonly BlockedChannelSelection<TSimd, TVector> _kernel = new(node.Output.Images, sources, node.Inputs[0].Layout, node.Output.Layout);

    public override string Algorithm => "copy";

    public override void Run(in StepContext context)
    {
        ClearHalo(context);
        _kernel.Run(context.Pointer(Node.Inputs[0]), context.Pointer(Node.Output), context.Share);
    }
}

/// <summary>Copies channels, each of which becomes at most one channel of the output, and their gradients back.</summary>
internal sealed unsafe class ChannelSelectionTrainingStep<TSimd, TVector> : TrainingStep
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    private readonly BlockedChannelSelection<TSimd, TVector> _forward;
    private readonly BlockedChannelSelection<TSimd, TVector>? _backward;

    /// <summary>Creates the step.</summary>
    /// <param name="node">The node.</param>
    /// <param name="sources">For each channel of the output, the channel of the input.</param>
    public ChannelSelectionTrainingStep(TrainingNode node, int[] sources) : base(node)
    {
        PlanValue input = node.Reads[0];
        _forward = new(node.Output.Images, sources, input.Layout, node.Output.Layout);
        if (node.Gives[0] is not { } given) return;
        int[] targets = new int[input.Layout.Channels];
        Array.Fill(targets, -1);
        for (int c = 0; c < sources.Length; c++) targets[sources[c]] = c;
        _backward = new(node.Output.Images, targets, node.OutputGradients[0].Layout, given.Layout);
    }

    public override string Algorithm => "copy";

    public override void Forward(in TrainingContext context, int phase)
    {
        context.ClearHalo(Output);
        _forward.Run(context.Pointer(Node.Reads[0]), context.Pointer(Output), context.Share);
    }

    public override void Backward(in TrainingContext context, int phase)
    {
        PlanValue given = Node.Gives[0]!;
        context.ClearHalo(given);
        _backward!.Run(context.Pointer(Node.OutputGradients[0]), context.Pointer(given), context.Share);
    }
}
