using ResNetManaged.Graphs.Operations;
using ResNetManaged.Kernels.Pooling;
using ResNetManaged.Kernels.Quantized;
using ResNetManaged.Plans.Execution;
using ResNetManaged.Plans.Lowering.Pooling;

namespace ResNetManaged.Plans.Lowering.Quantized;

/// <summary>Max pooling of bytes; the result has the input's range.</summary>
internal sealed class QuantizedMaxPoolLowering : QuantizedLowering
{
    public override Step CreateStep<TSimd, TVector>(PlanNode node, InferenceServices services) =>
        new QuantizedMaxPoolStep(node, ((MaxPool2dOperation)node.Operation!).Geometry(node.Inputs[0].Shape));
}

internal sealed unsafe class QuantizedMaxPoolStep(PlanNode node, PoolGeometry geometry) : QuantizedStep(node)
{
    public override string Algorithm => "maxima of windows";

    public override void Run(in StepContext context)
    {
        FillHalo(context);
        PlanValue input = Node.Inputs[0], output = Node.Output;
        QuantizedPooling.Max(geometry, BytesOf(context, input), input.Layout, BytesOf(context, output), output.Layout, context.Share);
    }
}

/// <summary>Global average pooling of bytes.</summary>
internal sealed class QuantizedMeanLowering : QuantizedLowering
{
    public override ValueFormat Makes(PlanNode node, PlanGraph graph) =>
        graph.ReadersOf(node.Output).Any(reader => reader.Lowering.Reads(reader) == ValueFormat.Blocked) ? ValueFormat.Blocked : ValueFormat.Features;

    public override Step CreateStep<TSimd, TVector>(PlanNode node, InferenceServices services) => new QuantizedMeanStep(node);
}

internal sealed unsafe class QuantizedMeanStep : QuantizedStep
{
    private readonly float _factor, _shift;

    public QuantizedMeanStep(PlanNode node) : base(node)
    {
        QuantizedRange input = node.Inputs[0].Range!.Value, output = node.Output.Range!.Value;
        double ratio = (double)input.Scale / output.Scale;
        _factor = (float)(ratio / node.Inputs[0].Layout.Size.Area);
        _shift = (float)(-input.ZeroPoint * ratio);
    }

    public override string Algorithm => "means of planes";

    public override void Run(in StepContext context)
    {
        FillHalo(context);
        PlanValue input = Node.Inputs[0], output = Node.Output;
        QuantizedPooling.Mean(input.Images, BytesOf(context, input), input.Layout, BytesOf(context, output), AdaptiveAvgPool2dLowering.PixelOf(output), _factor,
            _shift, output.Range!.Value, context.Share);
    }
}
