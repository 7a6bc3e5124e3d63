using System.Text;
using ResNetManaged.Graphs.Operations;
using ResNetManaged.Kernels.Convolution;

namespace ResNetManaged.Plans;

/// <summary>What a step of the plan will compute: an operation of the graph with those that were fused into it, or a change of layout.</summary>
internal sealed class PlanNode(Operation? operation, string path, PlanValue[] inputs, PlanValue output)
{
    /// <summary>The operation; null for a change of layout.</summary>
    public Operation? Operation { get; } = operation;

    /// <summary>The module it came from.</summary>
    public string Path { get; } = path;

    public PlanValue[] Inputs { get; } = inputs;

    public PlanValue Output { get; set; } = output;

    /// <summary>The batch norm that was folded into a convolution's weights.</summary>
    public BatchNorm2dOperation? Norm { get; set; }

    /// <summary>In training, the batch norm of what is added.</summary>
    public BatchNorm2dOperation? ShortcutNorm { get; set; }

    /// <summary>What is added to the result.</summary>
    public PlanValue? Residual { get; set; }

    /// <summary>Whether negative results become 0.</summary>
    public bool Relu { get; set; }

    /// <summary>The pooling that follows everything else.</summary>
    public MaxPool2dOperation? Pool { get; set; }

    /// <summary>How a convolution is computed, once that is chosen.</summary>
    public ConvChoice? Choice { get; set; }

    /// <summary>Whether a bias, a batch norm, a sum or a ReLU may still become part of it.</summary>
    public bool CanExtend => !Relu && Residual is null;

    /// <summary>All values it reads.</summary>
    public IEnumerable<PlanValue> Reads => Residual is null ? Inputs : Inputs.Append(Residual);

    /// <summary>A convolution's sizes.</summary>
    public ConvGeometry ConvGeometry => ((Conv2dOperation)Operation!).Geometry(Inputs[0].Shape);

    /// <summary>What it is, with what was fused: <c>Conv2d + BatchNorm2d + Add + ReLU</c>.</summary>
    public string Title
    {
        get
        {
            if (Operation is null) return "Layout";
            StringBuilder title = new(Operation.Name);
            if (Norm is not null) title.Append(" + ").Append(Norm.Name);
            if (Residual is not null) title.Append(" + Add");
            if (Relu && Operation is not ReluOperation) title.Append(" + ReLU");
            if (Pool is not null) title.Append(" + ").Append(Pool.Name);
            return title.ToString();
        }
    }

    public override string ToString() =>
        $"{(Path.Length == 0 ? "(root)" : Path)}: {Title} {string.Join(", ", Reads.Select(value => value.Shape))} -> {Output.Shape}";
}
