using System.Numerics.Tensors;
using ResNetManaged.Graphs.Operations;
using ResNetManaged.Kernels.Elementwise;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Kernels.Threading;
using ResNetManaged.Plans.Execution;
using ResNetManaged.Tensors;

namespace ResNetManaged.Plans.Lowering;

/// <summary>A change of layout, which <see cref="PlanFormats"/> inserts.</summary>
internal sealed class LayoutLowering : OperationLowering
{
    private LayoutLowering()
    {
    }

    public static LayoutLowering Instance { get; } = new();

    public override bool SumsGradients => true;

    public override bool IsNative(PlanNode node) => true;

    public override bool IsPerImage(Operation operation, Shape input, Shape output) => true;

    public override Step CreateStep<TSimd, TVector>(PlanNode node, InferenceServices services) => new LayoutStep(node);

    public override TrainingStep CreateTrainingStep<TSimd, TVector>(TrainingNode node, TrainingServices services) =>
        new LayoutTrainingStep<TSimd, TVector>(node);
}

/// <summary>Copies values to another layout.</summary>
internal sealed unsafe class LayoutStep(PlanNode node) : Step(node)
{
    public override string Algorithm => Describe(Node);

    public override void Run(in StepContext context) =>
        Convert(Node.Inputs[0], context.Pointer(Node.Inputs[0]), Node.Output, context.Pointer(Node.Output), context.Share);

    public static string Describe(PlanNode node) => $"{Name(node.Inputs[0])} to {Name(node.Output)}";

    /// <summary>Computes this thread's part, and clears its part of the target's halo.</summary>
    public static void Convert(PlanValue from, float* source, PlanValue to, float* target, WorkShare share)
    {
        switch (from.Format, to.Format)
        {
            case (ValueFormat.Plain, ValueFormat.Blocked):
                (int first, int end) = share.Of(to.Images * to.Layout.Blocks);
                to.Layout.ClearHalo(target, first, end);
                LayoutConversion.Pack(source, to.Images, to.Layout, target, share);
                break;
            case (ValueFormat.Plain, ValueFormat.Features): LayoutConversion.PackFeatures(source, to.Layout, target, share); break;
            case (ValueFormat.Blocked, ValueFormat.Plain): LayoutConversion.Unpack(source, from.Images, from.Layout, target, share); break;
            case (ValueFormat.Features, ValueFormat.Plain): LayoutConversion.UnpackFeatures(source, from.Layout, target, share); break;
            default: Copy(source, target, to.Length, share); break;
        }
    }

    private static void Copy(float* source, float* target, int length, WorkShare share)
    {
        (int start, int end) = share.Of(length);
        new ReadOnlySpan<float>(source + start, end - start).CopyTo(new Span<float>(target + start, end - start));
    }

    private static string Name(PlanValue value) => value.Format switch
    {
        ValueFormat.Plain => "rows",
        ValueFormat.Blocked when value.Layout.BlockSize == 1 => "planes",
        ValueFormat.Blocked => "blocks",
        _ => "blocked features",
    };
}

/// <summary>Copies values to another layout, and their gradient back; if two steps read them, the sum of the two gradients.</summary>
internal sealed unsafe class LayoutTrainingStep<TSimd, TVector>(TrainingNode node) : TrainingStep(node)
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    public override string Algorithm => LayoutStep.Describe(Node.Node);

    public override int BackwardPhases => Node.OutputGradients.Length;

    public override void Forward(in TrainingContext context, int phase) =>
        LayoutStep.Convert(Node.Reads[0], context.Pointer(Node.Reads[0]), Output, context.Pointer(Output), context.Share);

    public override void Backward(in TrainingContext context, int phase)
    {
        PlanValue gradient = Node.OutputGradients[0], given = Node.Gives[0]!;
        if (phase + 1 < BackwardPhases) AddSecond(gradient, Node.OutputGradients[1], context);
        else LayoutStep.Convert(gradient, context.Pointer(gradient), given, context.Pointer(given), context.Share);
    }

    private static void AddSecond(PlanValue first, PlanValue second, in TrainingContext context)
    {
        if (first.Format != ValueFormat.Plain)
        {
            BlockedGradient sum = new(context.View(first), context.View(second));
            BlockedSum<TSimd, TVector>.Run(first.Images, sum, context.View(first), context.Share);
            return;
        }
        (int start, int end) = context.Share.Of(first.Length);
        Span<float> target = new(context.Pointer(first) + start, end - start);
        TensorPrimitives.Add(target, new ReadOnlySpan<float>(context.Pointer(second) + start, end - start), target);
    }
}
