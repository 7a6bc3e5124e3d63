using ResNetManaged.Graphs.Operations;
using ResNetManaged.Kernels.Convolution;
using ResNetManaged.Kernels.Convolution.Winograd;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Tensors;

namespace ResNetManaged.Plans;

/// <summary>Gives every value a format and a layout, and inserts changes of format where a reader wants another one than there is.</summary>
internal static class PlanFormats
{
    /// <summary>Whether an operation has a step of its own; all others run on tensors as the reference executor runs them.</summary>
    public static bool IsNative(PlanNode node) => node.Operation switch
    {
        Conv2dOperation or ZeroPadShortcutOperation => node.Output.Shape.ElementCount > 0,
        MaxPool2dOperation pool => node.Output.Shape.ElementCount > 0 && !HasEmptyWindows(pool, node.Inputs[0].Shape),
        BatchNorm2dOperation norm => !norm.UsesBatchStatistics && node.Output.Shape.ElementCount > 0,
        ReluOperation or AddOperation => node.Output.Shape is { Rank: 4, ElementCount: > 0 },
        AdaptiveAvgPool2dOperation pool => pool.OutputSize == 1 && node.Output.Shape.ElementCount > 0,
        LinearOperation => node.Output.Shape is { Rank: 2, ElementCount: > 0 } && node.Inputs[0].Shape[1] > 0,
        FlattenOperation => IsFeatureMatrix(node),
        _ => false,
    };

    /// <summary>Assigns formats, inserts conversions, and ends in a value that lies as the caller wants it.</summary>
    public static void Apply(PlanGraph graph)
    {
        Dictionary<(PlanValue, ValueFormat, int), PlanValue> converted = [];
        Dictionary<PlanValue, PlanValue> renamed = []; // a flattened matrix is the very features that it was made from
        List<PlanNode> nodes = [];
        PlanValue Convert(PlanValue value, ValueFormat format, int blockSize, bool owned = false)
        {
            value = renamed.GetValueOrDefault(value, value);
            bool isThere = value.Format == format && !(owned && value == graph.Input);
            if (isThere) return value;
            if (value.Format != ValueFormat.Plain && format != ValueFormat.Plain) // images of one pixel and features: in rows they are the same
                value = Convert(value, ValueFormat.Plain, blockSize);
            if (converted.TryGetValue((value, format, blockSize), out PlanValue? there)) return there;
            PlanValue other = new(value.Shape, value.Name) { Format = format, Layout = Layout(value.Shape, format, blockSize) };
            nodes.Add(new PlanNode(operation: null, value.Name, [value], other));
            return converted[(value, format, blockSize)] = other;
        }

        foreach (PlanNode node in graph.Nodes)
        {
            (ValueFormat reads, ValueFormat makes) = Formats(node);
            bool planar = node.Inputs[0] == graph.Input && node.Operation is Conv2dOperation && SuitsPlanes(node.ConvGeometry);
            int blockSize = planar ? 1 : ChannelBlock.Size;
            for (int i = 0; i < node.Inputs.Length; i++) node.Inputs[i] = Convert(node.Inputs[i], reads, blockSize, owned: !IsNative(node));
            if (node.Operation is FlattenOperation && IsNative(node))
            {
                renamed.Add(node.Output, node.Inputs[0]);
                continue;
            }
            if (node.Residual is not null) node.Residual = Convert(node.Residual, ValueFormat.Blocked, ChannelBlock.Size);
            node.Output.Format = makes;
            node.Output.Layout = Layout(node.Output.Shape, makes, ChannelBlock.Size);
            nodes.Add(node);
        }
        PlanValue last = renamed.GetValueOrDefault(graph.Output, graph.Output), result = new(graph.Output.Shape, "output");
        nodes.Add(new PlanNode(operation: null, "output", [last], result));
        graph.Output = result;
        graph.Nodes.Clear();
        graph.Nodes.AddRange(nodes);
        AddHalos(graph);
    }

    /// <summary>The layout of a value in a format, without a halo.</summary>
    private static BlockedLayout Layout(Shape shape, ValueFormat format, int blockSize) => format switch
    {
        ValueFormat.Blocked => new BlockedLayout(shape[1], new Size2D(shape[2], shape[3]), default, blockSize),
        ValueFormat.Features => new BlockedLayout(shape[1], new Size2D(1, shape[0]), default),
        _ => default,
    };

    private static (ValueFormat Reads, ValueFormat Makes) Formats(PlanNode node) => node.Operation switch
    {
        _ when !IsNative(node) => (ValueFormat.Plain, ValueFormat.Plain),
        Conv2dOperation when node.Choice!.Algorithm == ConvolutionAlgorithm.WinogradRows => (ValueFormat.Plain, ValueFormat.Blocked),
        AdaptiveAvgPool2dOperation => (ValueFormat.Blocked, ValueFormat.Features),
        FlattenOperation or LinearOperation => (ValueFormat.Features, ValueFormat.Features),
        _ => (ValueFormat.Blocked, ValueFormat.Blocked),
    };

    /// <summary>[N, C, 1, 1] to [N, C].</summary>
    private static bool IsFeatureMatrix(PlanNode node)
    {
        Shape from = node.Inputs[0].Shape, to = node.Output.Shape;
        return from.Rank == 4 && from[2] == 1 && from[3] == 1 && to.Rank == 2 && to[0] == from[0] && to.ElementCount > 0;
    }

    /// <summary>Whether a window's elements may all lie in the padding: a plane fits between two of them.</summary>
    private static bool HasEmptyWindows(MaxPool2dOperation pool, Shape input) =>
        pool.Dilation.Height > input[2] || pool.Dilation.Width > input[3];

    /// <summary>Whether few channels are better read as planes than padded to a block with zeros.</summary>
    public static bool SuitsPlanes(in ConvGeometry geometry) => geometry.InChannels < ChannelBlock.Size && geometry.Groups == 1
        && geometry.Dilation.Width == 1 && geometry.Stride.Width <= 2;

    /// <summary>Every value gets the halo that the most demanding of its readers wants.</summary>
    private static void AddHalos(PlanGraph graph)
    {
        foreach (PlanNode node in graph.Nodes)
        {
            if (node.Operation is not Conv2dOperation || !IsNative(node) || node.Inputs[0].Format == ValueFormat.Plain) continue;
            ConvGeometry geometry = node.ConvGeometry;
            Size2D span = new((int)Window.Span(geometry.Kernel.Height, geometry.Dilation.Height),
                (int)Window.Span(geometry.Kernel.Width, geometry.Dilation.Width));
            Halo halo = node.Choice!.Algorithm switch
            {
                ConvolutionAlgorithm.WinogradF4 => WinogradSizes.InputHalo<WinogradF4>(geometry),
                ConvolutionAlgorithm.WinogradF2 => WinogradSizes.InputHalo<WinogradF2>(geometry),
                _ => Halo.Of(geometry.Input, geometry.Output, span, geometry.Stride, geometry.Padding),
            };
            BlockedLayout layout = node.Inputs[0].Layout;
            node.Inputs[0].Layout = new BlockedLayout(layout.Channels, layout.Size, Halo.Max(layout.Halo, halo), layout.BlockSize);
        }
    }
}
