using ResNetManaged.Graphs.Operations;
using ResNetManaged.Kernels.Elementwise;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Plans.Execution;

namespace ResNetManaged.Plans.Lowering;

/// <summary>Concatenates images or features along their channels.</summary>
internal sealed class ConcatLowering : OperationLowering<ConcatOperation>
{
    public override bool SumsGradients => true;

    public override bool IsNative(PlanNode node) =>
        node.Output.Shape is { Rank: 2 or 4, ElementCount: > 0 } && node.Inputs.All(input => input.Shape.ElementCount > 0);

    public override ValueFormat Reads(PlanNode node) => BlocksOf(node.Output.Shape);

    public override ValueFormat Makes(PlanNode node, PlanGraph graph) => Reads(node);

    public override Step CreateStep<TSimd, TVector>(PlanNode node, InferenceServices services) => new ConcatStep<TSimd, TVector>(node);

    public override TrainingStep CreateTrainingStep<TSimd, TVector>(TrainingNode node, TrainingServices services) =>
        new ConcatTrainingStep<TSimd, TVector>(node);

    /// <summary>The channel of the concatenation at which each value begins.</summary>
    public static int[] FirstChannels(PlanValue[] values)
    {
        int[] first = new int[values.Length];
        for (int i = 1; i < values.Length; i++) first[i] = first[i - 1] + values[i - 1].Layout.Channels;
        return first;
    }
}

/// <summary>Copies the channels of each value.</summary>
internal sealed unsafe class ConcatStep<TSimd, TVector>(PlanNode node) : Step(node)
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    private readonly int[] _firstChannels = ConcatLowering.FirstChannels(node.Inputs);

    public override string Algorithm => "copy";

    public override void Run(in StepContext context)
    {
        ClearHalo(context);
        BlockedView output = new(context.Pointer(Node.Output), Node.Output.Layout);
        for (int i = 0; i < _firstChannels.Length; i++)
        {
            BlockedView input = new(context.Pointer(Node.Inputs[i]), Node.Inputs[i].Layout);
            BlockedConcat<TSimd, TVector>.Run(Node.Output.Images, input, _firstChannels[i], output, context.Share);
        }
    }
}

/// <summary>Copies the channels of each value, and their gradients back.</summary>
internal sealed class ConcatTrainingStep<TSimd, TVector>(TrainingNode node) : TrainingStep(node)
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    private readonly int[] _firstChannels = ConcatLowering.FirstChannels(node.Reads);

    public override string Algorithm => "copy";

    public override void Forward(in TrainingContext context, int phase)
    {
        context.ClearHalo(Output);
        for (int i = 0; i < _firstChannels.Length; i++)
            BlockedConcat<TSimd, TVector>.Run(Output.Images, context.View(Node.Reads[i]), _firstChannels[i], context.View(Output), context.Share);
    }

    public override void Backward(in TrainingContext context, int phase)
    {
        BlockedGradient gradient = context.OutputGradient(Node);
        for (int i = 0; i < _firstChannels.Length; i++)
        {
            if (Node.Gives[i] is { } given)
                BlockedConcat<TSimd, TVector>.Gradient(Output.Images, gradient, _firstChannels[i], context.View(given), context.Share);
        }
    }
}
