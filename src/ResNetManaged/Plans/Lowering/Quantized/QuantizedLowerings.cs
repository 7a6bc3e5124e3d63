using ResNetManaged.Graphs.Operations;
using ResNetManaged.Kernels.Convolution;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Quantized;
using ResNetManaged.Tensors;

namespace ResNetManaged.Plans.Lowering.Quantized;

/// <summary>The lowerings of nodes that work on bytes.</summary>
internal static class QuantizedLowerings
{
    /// <summary>The most products of a sum: more could exceed 32 bits, since 65,000 * 255 * 127 is below 2^31.</summary>
    private const int MostProducts = 65_000;

    private static readonly QuantizedConvLowering Conv = new();
    private static readonly QuantizedLinearLowering Linear = new();
    private static readonly QuantizedMaxPoolLowering MaxPool = new();
    private static readonly QuantizedMeanLowering Mean = new();
    private static readonly QuantizedAddLowering Add = new();
    private static readonly QuantizedAliasLowering Alias = new();

    /// <summary>The lowering of a node on bytes; null if it has none.</summary>
    public static QuantizedLowering? Of(PlanNode node) => node.IsNative && HasRelu(node) is not null ? node.Operation switch
    {
        Conv2dOperation convolution when convolution.StandardizationEps is null && ConvGeometryOf(node).Depth <= MostProducts => Conv,
        LinearOperation linear when linear.Weight.Shape[1] <= MostProducts => Linear,
        MaxPool2dOperation { PadsWithZeros: false } when node.Activation is null => MaxPool,
        AdaptiveAvgPool2dOperation when node.Activation is null => Mean,
        AddOperation when node.Residual is null => Add,
        _ when node.Lowering is { IsAlias: true } lowering && lowering.Reads(node) == ValueFormat.Features => Alias,
        _ => null,
    } : null;

    /// <summary>The weights that a node multiplies by; null if there are none.</summary>
    public static StateTensor? WeightOf(PlanNode node) => node.Operation switch
    {
        Conv2dOperation convolution => convolution.Weight,
        LinearOperation linear => linear.Weight,
        _ => null,
    };

    /// <summary>Whether the node's output has its input's range.</summary>
    public static bool KeepsRange(PlanNode node) => node.Operation is MaxPool2dOperation || node.Lowering.IsAlias;

    /// <summary>Whether ReLU is applied to a node's result; null if another activation is.</summary>
    public static bool? HasRelu(PlanNode node) => node.Activation switch
    {
        null => false,
        ReluOperation => true,
        _ => null,
    };

    /// <summary>Channels of a block in which a node reads the network's input: 4 for a convolution of few channels, else 16.</summary>
    public static int InputBlockSize(PlanNode node)
    {
        bool few = node.Operation is Conv2dOperation { Groups: 1, Dilation.Width: 1 } convolution && convolution.Weight.Shape[1] <= QuantizedPanels.GroupSize;
        return few ? QuantizedPanels.GroupSize : ChannelBlock.Size;
    }

    /// <summary>The sizes of a node's convolution.</summary>
    public static ConvGeometry ConvGeometryOf(PlanNode node) => ((Conv2dOperation)node.Operation!).Geometry(node.Inputs[0].Shape);

    /// <summary>The limits of a node's results before the zero point is added, and the zero point.</summary>
    public static (float Low, float High, int ZeroPoint) Limits(PlanNode node)
    {
        bool relu = HasRelu(node) == true;
        return node.Output.Range is { } range
            ? (relu ? 0 : -range.ZeroPoint, range.Max - range.ZeroPoint, range.ZeroPoint)
            : (relu ? 0 : float.NegativeInfinity, float.PositiveInfinity, 0);
    }
}
