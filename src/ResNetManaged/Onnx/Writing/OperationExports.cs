using ResNetManaged.Graphs.Operations;
using ResNetManaged.Graphs.Operations.Activations;
using ResNetManaged.Graphs.Operations.Channels;
using ResNetManaged.Graphs.Operations.Shapes;
using ResNetManaged.Kernels.Pooling;
using ResNetManaged.Onnx.Tracing;
using ResNetManaged.Tensors;
using static ResNetManaged.Onnx.Writing.ExportCall;

namespace ResNetManaged.Onnx.Writing;

/// <summary>What each operation of the library is in ONNX, opset 17.</summary>
internal static class OperationExports
{
    private static readonly Dictionary<Type, Func<ExportCall, string>> Exports = new()
    {
        [typeof(AdaptiveAvgPool2dOperation)] = Means,
        [typeof(AddOperation)] = call => call.Node("Add", [call.Inputs[1]]),
        [typeof(AvgPool2dOperation)] = AveragePool,
        [typeof(BatchNorm2dOperation)] = BatchNorm,
        [typeof(BlurPool2dOperation)] = Blur,
        [typeof(ChannelConvOperation)] = ChannelConv,
        [typeof(ChannelNormOperation)] = ChannelNorm,
        [typeof(ChannelShuffleOperation)] = ChannelShuffle,
        [typeof(ChannelSliceOperation)] = ChannelSlice,
        [typeof(ClipOperation)] = Clip,
        [typeof(ClippedLineOperation)] = call => ClippedLine(call, ((ClippedLineOperation)call.Operation).Function),
        [typeof(ConcatOperation)] = call => call.Node("Concat", [.. call.Inputs.Skip(1)], Is("axis", 1)),
        [typeof(Conv2dOperation)] = call => Conv(call, null),
        [typeof(EluOperation)] = call => call.Node("Elu", Is("alpha", ((EluOperation)call.Operation).Function.Alpha)),
        [typeof(FlattenOperation)] = Flatten,
        [typeof(GeluOperation)] = Gelu,
        [typeof(GeluTanhOperation)] = GeluTanh,
        [typeof(GroupNormOperation)] = GroupNorm,
        [typeof(HardsigmoidOperation)] = call => call.Node("HardSigmoid", Is("alpha", 1.0 / 6), Is("beta", 0.5)),
        [typeof(HardswishOperation)] = call => call.Node("HardSwish"),
        [typeof(LeakyReluOperation)] = call => call.Node("LeakyRelu", Is("alpha", ((LeakyReluOperation)call.Operation).Function.Slope)),
        [typeof(LinearOperation)] = Linear,
        [typeof(MaxPool2dOperation)] = MaxPool,
        [typeof(MishOperation)] = call => call.Node("Mul", [call.Graph.Node("Tanh", call.Title, [call.Node("Softplus")])]),
        [typeof(MulOperation)] = call => call.Node("Mul", [call.Inputs[1]]),
        [typeof(OnnxOperation)] = call => ((OnnxOperation)call.Operation).Export(call),
        [typeof(PreluOperation)] = Prelu,
        [typeof(ReluOperation)] = call => call.Node("Relu"),
        [typeof(ReshapeOperation)] = Reshape,
        [typeof(ScaleOperation)] = call => call.Node("Mul", [ByChannel(call, ((ScaleOperation)call.Operation).Weight)]),
        [typeof(SigmoidOperation)] = call => call.Node("Sigmoid"),
        [typeof(SiluOperation)] = call => call.Node("Mul", [call.Node("Sigmoid")]),
        [typeof(SoftmaxOperation)] = call => call.Node(call.Operation.Name, Is("axis", ((SoftmaxOperation)call.Operation).Dim)),
        [typeof(SoftplusOperation)] = call => call.Node("Softplus"),
        [typeof(TanhOperation)] = call => call.Node("Tanh"),
        [typeof(TransposeOperation)] = call =>
            call.Node("Transpose", Is("perm", [.. ((TransposeOperation)call.Operation).Order.Select(i => (long)i)])),
        [typeof(ZeroPadShortcutOperation)] = ZeroPadShortcut,
    };

    /// <summary>The types of operations that can be written.</summary>
    public static IEnumerable<Type> Known => Exports.Keys;

    /// <summary>Adds what an operation is in ONNX to the graph.</summary>
    /// <returns>The name of its output.</returns>
    /// <exception cref="NotSupportedException">ONNX has no counterpart.</exception>
    public static string Run(ExportCall call) => Exports.TryGetValue(call.Operation.GetType(), out Func<ExportCall, string>? export) ? export(call)
        : throw new NotSupportedException($"ONNX: '{call.Title}' is a {call.Operation.Name}, which has no counterpart; a network with it cannot be written.");

    /// <summary>A convolution, with the batch norm after it folded in if there is one.</summary>
    public static string Conv(ExportCall call, BatchNorm2dOperation? norm)
    {
        Conv2dOperation conv = (Conv2dOperation)call.Operation;
        (Tensor? weight, Tensor? bias) = FoldedWeights.Of(conv, norm);
        List<string> others = [call.State(conv.Weight, weight)];
        if (conv.Bias is not null) others.Add(call.State(conv.Bias, bias));
        else if (bias is not null) others.Add(norm!.Bias is { } shift ? call.State(shift, bias) : call.Graph.Numbers(call.Title + ".bias", bias));
        return call.Node("Conv", [.. others], Is("kernel_shape", conv.Weight.Shape[2], conv.Weight.Shape[3]), Is("strides", conv.Stride),
            Is("pads", conv.Padding),
            Is("dilations", conv.Dilation), Is("group", conv.Groups));
    }

    private static string BatchNorm(ExportCall call)
    {
        BatchNorm2dOperation norm = (BatchNorm2dOperation)call.Operation;
        if (norm.RunningMean is null || norm.RunningVar is null)
            throw new NotSupportedException($"ONNX: '{call.Title}' normalizes by the statistics of a batch; expected a network with running statistics.");
        return call.Node("BatchNormalization", [call.State(norm.Weight, 1, norm.Channels), call.State(norm.Bias, 0, norm.Channels),
            call.State(norm.RunningMean), call.State(norm.RunningVar)], Is("epsilon", norm.Eps));
    }

    private static string MaxPool(ExportCall call)
    {
        MaxPool2dOperation pool = (MaxPool2dOperation)call.Operation;
        Padding2D padding = pool.Padding;
        string input = call.Inputs[0];
        bool isGlobal = pool.KernelSize == new Size2D(call.Input[2], call.Input[3]) && padding is { Top: 0, Left: 0, Bottom: 0, Right: 0 } && pool.Dilation == new Size2D(1, 1);
        if (isGlobal) return call.Node("GlobalMaxPool");
        if (pool.PadsWithZeros)
        {
            input = call.Node("Pad",
                [call.Graph.Integers(call.Title + ".pads", 0, 0, padding.Top, padding.Left, 0, 0, padding.Bottom, padding.Right)]);
            padding = 0;
        }
        return call.Graph.Node("MaxPool", call.Title, [input], Is("kernel_shape", pool.KernelSize), Is("strides", pool.Stride), Is("pads", padding),
            Is("dilations", pool.Dilation), Is("ceil_mode", pool.CeilMode ? 1 : 0));
    }

    private static string AveragePool(ExportCall call)
    {
        AvgPool2dOperation pool = (AvgPool2dOperation)call.Operation;
        return call.Node("AveragePool", Is("kernel_shape", pool.KernelSize), Is("strides", pool.Stride), Is("pads", pool.Padding),
            Is("ceil_mode", pool.CeilMode ? 1 : 0), Is("count_include_pad", pool.CountIncludePad ? 1 : 0));
    }

    /// <summary>The mean of each plane, or of windows that divide the plane evenly.</summary>
    private static string Means(ExportCall call)
    {
        Size2D output = ((AdaptiveAvgPool2dOperation)call.Operation).OutputSize;
        if (output.Area == 1) return call.Node("GlobalAveragePool");
        if (call.Input[2] % output.Height != 0 || call.Input[3] % output.Width != 0)
            throw new NotSupportedException($"ONNX: '{call.Title}' pools {call.Input} to {output}; expected sizes that divide the plane.");
        Size2D window = new(call.Input[2] / output.Height, call.Input[3] / output.Width);
        return call.Node("AveragePool", Is("kernel_shape", window), Is("strides", window));
    }

    /// <summary>A convolution of each channel with the binomial window, after reflecting the planes' edges.</summary>
    private static string Blur(ExportCall call)
    {
        int channels = call.Input[1];
        Tensor window = Tensor.Zeros([channels, 1, BlurWindow.Size, BlurWindow.Size]);
        for (int i = 0; i < window.ElementCount; i++)
            window.Span[i] = BlurWindow.Weight(i % BlurWindow.Size) * BlurWindow.Weight(i / BlurWindow.Size % BlurWindow.Size);
        string padded = call.Node("Pad", [call.Graph.Integers(call.Title + ".pads", 0, 0, 1, 1, 0, 0, 1, 1)],
            new Model.OnnxAttribute { Name = "mode", Text = "reflect" });
        return call.Graph.Node("Conv", call.Title, [padded, call.Graph.Numbers(call.Title + ".window", window)],
            Is("strides", ((BlurPool2dOperation)call.Operation).Stride), Is("group", channels));
    }

    /// <summary>A convolution over channels: of one row, of which the channels are the pixels.</summary>
    private static string ChannelConv(ExportCall call)
    {
        Parameter weight = ((ChannelConvOperation)call.Operation).Weight;
        int size = weight.Shape[2];
        string row = call.Node("Reshape", [call.Graph.Integers(call.Title + ".row", 0, 1, -1)]);
        string result = call.Graph.Node("Conv", call.Title, [row, call.State(weight)], Is("pads", size / 2, size / 2));
        return call.Graph.Node("Reshape", call.Title, [result, call.Graph.Integers(call.Title + ".planes", 0, -1, 1, 1)]);
    }

    /// <summary>Instance norm of groups laid out as channels, then scale and shift.</summary>
    private static string GroupNorm(ExportCall call)
    {
        GroupNormOperation norm = (GroupNormOperation)call.Operation;
        string Channelwise(StateTensor? tensor, float missing) => call.Graph.Node("Reshape", call.Title,
            [call.State(tensor, missing, norm.Channels), call.Graph.Integers(call.Title + ".channels", -1, 1, 1)]);
        string groups = call.Node("Reshape", [call.Graph.Integers(call.Title + ".groups", 0, norm.Groups, -1)]);
        string ones = call.Graph.Numbers(call.Title + ".ones", Tensor.Ones([norm.Groups])),
            zeros = call.Graph.Numbers(call.Title + ".zeros", Tensor.Zeros([norm.Groups]));
        string normalized = call.Graph.Node("InstanceNormalization", call.Title, [groups, ones, zeros], Is("epsilon", norm.Eps));
        string shape = call.Node("Shape"), images = call.Graph.Node("Reshape", call.Title, [normalized, shape]);
        string scaled = call.Graph.Node("Mul", call.Title, [images, Channelwise(norm.Weight, 1)]);
        return call.Graph.Node("Add", call.Title, [scaled, Channelwise(norm.Bias, 0)]);
    }

    /// <summary>Layer norm over the last dimension, where the channels are put for it.</summary>
    private static string ChannelNorm(ExportCall call)
    {
        ChannelNormOperation norm = (ChannelNormOperation)call.Operation;
        string last = call.Node("Transpose", Is("perm", 0, 2, 3, 1));
        string normalized = call.Graph.Node("LayerNormalization", call.Title,
            [last, call.State(norm.Weight, 1, norm.Channels), call.State(norm.Bias, 0, norm.Channels)], Is("axis", -1), Is("epsilon", norm.Eps));
        return call.Graph.Node("Transpose", call.Title, [normalized], Is("perm", 0, 3, 1, 2));
    }

    private static string ChannelShuffle(ExportCall call)
    {
        long groups = ((ChannelShuffleOperation)call.Operation).Groups, channels = call.Input[1], height = call.Input[2], width = call.Input[3];
        string split = call.Node("Reshape", [call.Graph.Integers(call.Title + ".groups", 0, groups, channels / groups, height, width)]);
        string moved = call.Graph.Node("Transpose", call.Title, [split], Is("perm", 0, 2, 1, 3, 4));
        return call.Graph.Node("Reshape", call.Title, [moved, call.Graph.Integers(call.Title + ".channels", 0, channels, height, width)]);
    }

    private static string ChannelSlice(ExportCall call)
    {
        ChannelSliceOperation slice = (ChannelSliceOperation)call.Operation;
        string Number(long value) => call.Graph.Integers(call.Title + ".slice", value);
        return call.Node("Slice", [Number(slice.Start), Number(slice.Start + slice.Count), Number(1)]);
    }

    private static string ClippedLine(ExportCall call, Kernels.Elementwise.Activations.ClippedLineFunction function) =>
        call.Node("HardSigmoid", Is("alpha", function.Alpha), Is("beta", function.Beta));

    /// <summary>x / 2 * (erf(x / sqrt(2)) + 1): ONNX has an operator for it from version 20.</summary>
    private static string Gelu(ExportCall call)
    {
        string error = call.Graph.Node("Erf", call.Title, [call.Node("Div", [Scalar(call, Math.Sqrt(2))])]);
        string product = call.Node("Mul", [call.Graph.Node("Add", call.Title, [error, Scalar(call, 1)])]);
        return call.Graph.Node("Mul", call.Title, [product, Scalar(call, 0.5)]);
    }

    /// <summary>x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x^3))).</summary>
    private static string GeluTanh(ExportCall call)
    {
        string cube = call.Graph.Node("Mul", call.Title, [call.Node("Pow", [Scalar(call, 3)]), Scalar(call, 0.044715)]);
        string argument = call.Graph.Node("Mul", call.Title, [call.Node("Add", [cube]), Scalar(call, Math.Sqrt(2 / Math.PI))]);
        string gate = call.Graph.Node("Add", call.Title, [call.Graph.Node("Tanh", call.Title, [argument]), Scalar(call, 1)]);
        return call.Graph.Node("Mul", call.Title, [call.Node("Mul", [gate]), Scalar(call, 0.5)]);
    }

    private static string Scalar(ExportCall call, double value) => call.Graph.Numbers(call.Title + ".number", Tensor.Full([], (float)value));

    /// <summary>A vector of numbers for each channel in the shape in which it is broadcast.</summary>
    private static string ByChannel(ExportCall call, Parameter numbers) => call.Input.Rank == 2 ? call.State(numbers)
        : call.Graph.Node("Reshape", call.Title, [call.State(numbers), call.Graph.Integers(call.Title + ".channels", -1, 1, 1)]);

    private static string Clip(ExportCall call)
    {
        Kernels.Elementwise.Activations.ClipFunction function = ((ClipOperation)call.Operation).Function;
        string Number(float value) => float.IsFinite(value) ? call.Graph.Numbers(call.Title + ".limit", Tensor.Full([], value)) : "";
        return call.Node("Clip", [Number(function.Smallest), Number(function.Largest)]);
    }

    private static string Flatten(ExportCall call)
    {
        FlattenOperation flatten = (FlattenOperation)call.Operation;
        bool isOfImages = call.Output.Rank == 2 && (flatten.StartDim == 1 || call.Input[0] == call.Output[0]);
        return isOfImages ? call.Node("Flatten", Is("axis", 1)) : Reshape(call);
    }

    private static string Linear(ExportCall call)
    {
        LinearOperation linear = (LinearOperation)call.Operation;
        string[] bias = linear.Bias is { } added ? [call.State(added)] : [];
        string weight = call.State(linear.Weight, linear.Weight.Value.Reshape([linear.Weight.Shape[0], linear.Weight.Shape[1]]));
        if (call.Input.Rank == 2) return call.Node("Gemm", [weight, .. bias], Is("transB", 1));
        string transposed = call.Graph.Node("Transpose", call.Title, [weight], Is("perm", 1, 0));
        string product = call.Node("MatMul", [transposed]);
        return linear.Bias is null ? product : call.Graph.Node("Add", call.Title, [product, .. bias]);
    }

    private static string Prelu(ExportCall call)
    {
        Parameter slope = ((PreluOperation)call.Operation).Weight;
        return call.Node("PRelu", [slope.Shape[0] == 1 ? call.State(slope) : ByChannel(call, slope)]);
    }

    /// <summary>To the same number of images, of whatever number there is; otherwise to a fixed shape.</summary>
    private static string Reshape(ExportCall call)
    {
        bool keepsImages = call.Output.Rank > 0 && call.Input.Rank > 0 && call.Output[0] == call.Input[0];
        return call.Node("Reshape",
            [call.Graph.Integers(call.Title + ".shape", [keepsImages ? 0 : call.Output[0], .. call.Output.Skip(1).Select(size => (long)size)])]);
    }

    /// <summary>Every stride-th pixel, then channels of zeros before and after.</summary>
    private static string ZeroPadShortcut(ExportCall call)
    {
        ZeroPadShortcutOperation shortcut = (ZeroPadShortcutOperation)call.Operation;
        int missing = shortcut.OutChannels - shortcut.InChannels, front = missing / 2;
        string Vector(params long[] values) => call.Graph.Integers(call.Title + ".constant", values);
        string sampled = call.Node("Slice",
            [Vector(0, 0), Vector(int.MaxValue, int.MaxValue), Vector(2, 3), Vector(shortcut.Stride.Height, shortcut.Stride.Width)]);
        return call.Graph.Node("Pad", call.Title, [sampled, Vector(0, front, 0, 0, 0, missing - front, 0, 0)]);
    }
}
