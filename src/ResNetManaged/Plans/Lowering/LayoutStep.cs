using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Threading;
using ResNetManaged.Plans.Execution;

namespace ResNetManaged.Plans.Lowering;

/// <summary>The same values in another layout.</summary>
internal sealed unsafe class LayoutStep(PlanNode node) : Step(node)
{
    public override string Algorithm => $"{Name(Node.Inputs[0])} to {Name(Node.Output)}";

    public override void Run(in StepContext context)
    {
        PlanValue from = Node.Inputs[0], to = Node.Output;
        float* source = context.Pointer(from), target = context.Pointer(to);
        switch (from.Format, to.Format)
        {
            case (ValueFormat.Plain, ValueFormat.Blocked):
                ClearHalo(context);
                LayoutConversion.Pack(source, to.Images, to.Layout, target, context.Share);
                break;
            case (ValueFormat.Plain, ValueFormat.Features): LayoutConversion.PackFeatures(source, to.Layout, target, context.Share); break;
            case (ValueFormat.Blocked, ValueFormat.Plain):
                LayoutConversion.Unpack(source, from.Images, from.Layout, target, context.Share);
                break;
            case (ValueFormat.Features, ValueFormat.Plain): LayoutConversion.UnpackFeatures(source, from.Layout, target, context.Share); break;
            default: Copy(source, target, to.Length, context.Share); break;
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
