using ResNetManaged.Graphs.Operations;
using ResNetManaged.Plans.Lowering;
using ResNetManaged.Plans.Lowering.Quantized;
using ResNetManaged.Plans.Quantization;

namespace ResNetManaged.Plans;

/// <summary>What one step of a plan computes: an operation together with those fused into it, or a change of layout.</summary>
internal sealed class PlanNode
{
    private readonly List<Operation> _fused = [];

    /// <summary>A node of the graph; an operation that the plan's kernels cannot compute runs on tensors.</summary>
    public PlanNode(Operation operation, string path, PlanValue[] inputs, PlanValue output, PlanPurpose purpose)
        : this(Lowerings.Of(operation), path, inputs, output)
    {
        Operation = operation;
        Purpose = purpose;
        if (!Lowering.IsNative(this)) Lowering = ReferenceLowering.Instance;
    }

    /// <summary>A node that a pass inserts: it moves data and computes nothing.</summary>
    public PlanNode(OperationLowering lowering, string path, PlanValue[] inputs, PlanValue output)
    {
        Lowering = lowering;
        Path = path;
        Inputs = inputs;
        Output = output;
    }

    /// <summary>How the node becomes a step.</summary>
    public OperationLowering Lowering { get; private set; }

    /// <summary>The operation; null for a node that only moves data.</summary>
    public Operation? Operation { get; }

    /// <summary>Whether the plan's kernels compute it; otherwise it runs on tensors.</summary>
    public bool IsNative => Lowering is not ReferenceLowering;

    /// <summary>Whether it computes on bytes.</summary>
    public bool IsQuantized => Lowering is QuantizedLowering;

    /// <summary>The scales of its weights; null if it does not compute on bytes, or has none.</summary>
    public WeightScales? WeightScales { get; private set; }

    /// <summary>Whether the plan computes outputs or gradients.</summary>
    public PlanPurpose Purpose { get; }

    /// <summary>The path of the module it came from.</summary>
    public string Path { get; }

    public PlanValue[] Inputs { get; }

    public PlanValue Output { get; set; }

    /// <summary>A value added to the result.</summary>
    public PlanValue? Residual { get; set; }

    /// <summary>The activation applied to the result; null for none.</summary>
    public Operation? Activation { get; private set; }

    /// <summary>What computes, from the means of the result's planes, the factors that they are multiplied by; null if they are not.</summary>
    public PlanGraph? Gate { get; private set; }

    /// <summary>How a convolution is computed, once chosen.</summary>
    public ConvChoice? Choice { get; set; }

    /// <summary>Whether it repeats, on less, what another node computes too; its multiply-adds are not the definition's.</summary>
    public bool IsRepeated { get; init; }

    /// <summary>Whether a batch norm, a sum or an activation may still be fused into it.</summary>
    public bool CanExtend => Activation is null && Residual is null;

    /// <summary>All values it reads.</summary>
    public IEnumerable<PlanValue> Reads => Residual is null ? Inputs : Inputs.Append(Residual);

    /// <summary>Its operation and those fused into it: <c>Conv2d + BatchNorm2d + Add + ReLU</c>.</summary>
    public string Title => Operation is null ? "Layout" : string.Join(" + ", _fused.Prepend(Operation).Select(operation => operation.Name));

    /// <summary>The fused operation of a type; null if none was fused.</summary>
    public TOperation? Fused<TOperation>() where TOperation : Operation => _fused.OfType<TOperation>().FirstOrDefault();

    /// <summary>Makes an operation part of this node.</summary>
    public void Fuse(Operation operation) => _fused.Add(operation);

    /// <summary>Makes an activation part of this node: it is applied to the result before that is stored.</summary>
    public void FuseActivation(Operation activation)
    {
        Activation = activation;
        _fused.Add(activation);
    }

    /// <summary>Makes it compute on bytes.</summary>
    public void Quantize(QuantizedLowering lowering, WeightScales? scales) => (Lowering, WeightScales) = (lowering, scales);

    /// <summary>Makes a product of the result's planes with factors, and what computes them, part of this node.</summary>
    public void FuseGate(Operation product, PlanGraph gate)
    {
        Gate = gate;
        _fused.Add(product);
    }

    public override string ToString() =>
        $"{(Path.Length == 0 ? "(root)" : Path)}: {Title} {string.Join(", ", Reads.Select(value => value.Shape))} -> {Output.Shape}";
}

/// <summary>What a plan is for.</summary>
internal enum PlanPurpose
{
    /// <summary>Outputs only.</summary>
    Inference,

    /// <summary>Outputs, and the gradients of a loss.</summary>
    Training,
}
