using System.Globalization;
using System.Text;
using ResNetManaged.Graphs;
using ResNetManaged.Graphs.Operations;
using ResNetManaged.Graphs.Operations.Shapes;
using ResNetManaged.Tensors;
using TorchSharp;

namespace ResNetManaged.Benchmarks.Peers;

/// <summary>Our graph as TorchScript on LibTorch's fused oneDNN operators, which are what <c>torch.compile</c> emits for CPUs.</summary>
/// <remarks>
/// Batch norm is folded into the convolution before it (as PyTorch's <c>fuse_conv_bn_eval</c> does). A convolution is fused with the ReLU
/// after it, or with the addition and its ReLU, overwriting the other summand. The program is generated backward from the output, so that this other
/// summand exists before the convolution that is added to it.
/// </remarks>
internal sealed class TorchScriptNetwork
{
    public const string Prepare = "prepare", Forward = "forward";

    private readonly int _batch;
    private readonly ILookup<Value, Node> _readers;
    private readonly Dictionary<Node, int> _order;
    private readonly Dictionary<Value, string> _names = [];
    private readonly HashSet<Node> _written = [];
    private readonly List<torch.Tensor> _constants = [];
    private readonly List<string> _prepared = [];
    private readonly StringBuilder _body = new();

    /// <summary>Writes the program for a graph's input shape.</summary>
    /// <exception cref="NotSupportedException">The graph has an operation that no ResNet has.</exception>
    public TorchScriptNetwork(Graph graph)
    {
        _batch = graph.Input.Shape[0];
        _readers = graph.Nodes.SelectMany(node => node.Inputs.Select(value => (value, node))).ToLookup(pair => pair.value, pair => pair.node);
        _order = graph.Nodes.Select((node, index) => (node, index)).ToDictionary(pair => pair.node, pair => pair.index);
        _names[graph.Input] = "x";
        string output = Compute(graph.Output);
        Source = $"""
            class {TorchScriptArchive.ClassName}(Module):
              __parameters__ = []
              __buffers__ = []
              {TorchScriptArchive.Attribute} : List[Tensor]
              def {Prepare}(self: __torch__.{TorchScriptArchive.ClassName}, c: List[Tensor]) -> NoneType:
                self.{TorchScriptArchive.Attribute} = [{string.Join(", ", _prepared)}]
                return None
              def {Forward}(self: __torch__.{TorchScriptArchive.ClassName}, x: Tensor) -> Tensor:
                w = self.{TorchScriptArchive.Attribute}
                none = annotate(List[Optional[number]], [])
            {_body}    return {output}

            """.ReplaceLineEndings("\n");
    }

    /// <summary>The class: <see cref="Prepare"/> takes the constants, once, and <see cref="Forward"/> the images in channels-last layout.</summary>
    public string Source { get; }

    /// <summary>Weights and biases, batch norm folded in, for <see cref="Prepare"/> to convert to oneDNN's layouts.</summary>
    public IReadOnlyList<torch.Tensor> Constants => _constants;

    /// <summary>Writes the statements that compute a value, unless already written, and returns its name.</summary>
    private string Compute(Value value)
    {
        if (_names.TryGetValue(value, out string? name)) return name;
        Node node = value.Producer!;
        if (node.Operation is ReluOperation && _readers[node.Inputs[0]].Count() == 1)
            return _names[value] = Finish(node, Compute(node.Inputs[0].Producer!, relu: true));
        return _names[value] = Compute(node, relu: false);
    }

    private string Compute(Node node, bool relu)
    {
        if (Convolution.Match(node, _readers) is Convolution convolution) return Compute(convolution, relu);
        if (node.Operation is AddOperation) return ComputeSum(node, relu);
        string x = Compute(node.Inputs[0]);
        string name = Assign(node, node.Operation switch
        {
            ReluOperation => $"torch.relu({x})",
            MaxPool2dOperation pool =>
                $"torch.max_pool2d({x}, {List(pool.KernelSize)}, {List(pool.Stride)}, {List(pool.Padding)}, {List(pool.Dilation)}, {pool.CeilMode})",
            AdaptiveAvgPool2dOperation pool => $"torch.adaptive_avg_pool2d({x}, {List(pool.OutputSize)})",
            FlattenOperation flatten => $"torch.flatten({x}, {flatten.StartDim}, {flatten.EndDim})",
            LinearOperation linear => $"torch.linear({x}, {Constant(Load(linear.Weight))}, {Constant(linear.Bias is null ? null : Load(linear.Bias))})",
            ZeroPadShortcutOperation shortcut => Apply(shortcut, x),
            _ => throw new NotSupportedException($"LibTorch: {node} has no counterpart here."),
        });
        return relu ? Assign(node, $"torch.relu_({name})") : name;
    }

    private string Compute(Convolution convolution, bool relu)
    {
        string x = Compute(convolution.Input);
        return Assign(convolution.Last,
            $"ops.mkldnn._convolution_pointwise({x}, {Arguments(convolution)}, \"{(relu ? "relu" : "none")}\", none, None)");
    }

    private string ComputeSum(Node sum, bool relu)
    {
        Convolution? last = sum.Inputs
            .Where(value => value.Producer is not null && !_names.ContainsKey(value) && _readers[value].Count() == 1)
            .Select(value => Convolution.Match(value.Producer!, _readers))
            .OfType<Convolution>()
            .MaxBy(convolution => _order[convolution.Last]);
        if (last is null)
        {
            string left = Compute(sum.Inputs[0]), right = Compute(sum.Inputs[1]);
            return Assign(sum, relu ? $"torch.relu_(torch.add({left}, {right}))" : $"torch.add({left}, {right})");
        }

        Value otherValue = sum.Inputs[0] == last.Last.Output ? sum.Inputs[1] : sum.Inputs[0];
        string other = Compute(otherValue), x = Compute(last.Input);
        bool overwrites = otherValue.Producer is not null && _readers[otherValue].All(reader => reader == sum || _written.Contains(reader));
        string operands = overwrites ? $"_convolution_pointwise_({other}, {x}" : $"_convolution_pointwise({x}, {other}";
        Finish(last.Last, other);
        return Assign(sum, $"ops.mkldnn.{operands}, {Arguments(last)}, \"add\", None, {(relu ? "\"relu\"" : "None")}, none, None)");
    }

    /// <summary>Weight, bias and geometry, as every fused convolution takes them.</summary>
    private string Arguments(Convolution convolution)
    {
        Conv2dOperation operation = convolution.Operation;
        string geometry = $"{List(operation.Padding)}, {List(operation.Stride)}, {List(operation.Dilation)}, {operation.Groups}";
        Shape input = convolution.Input.Shape;
        (torch.Tensor weight, torch.Tensor? bias) = convolution.Fold();
        string weightName = Constant(weight,
            constant => $"ops.mkldnn._reorder_convolution_weight({constant}, {geometry}, [{_batch}, {input[1]}, {input[2]}, {input[3]}])");
        return $"{weightName}, {Constant(bias)}, {geometry}";
    }

    /// <summary>Every stride-th pixel, then channels of zeros before and after.</summary>
    private static string Apply(ZeroPadShortcutOperation shortcut, string x)
    {
        int missing = shortcut.OutChannels - shortcut.InChannels, front = missing / 2;
        string rows = $"torch.slice({x}, 2, 0, {long.MaxValue}, {shortcut.Stride.Height})";
        string pixels = $"torch.slice({rows}, 3, 0, {long.MaxValue}, {shortcut.Stride.Width})";
        return $"torch.constant_pad_nd({pixels}, [0, 0, 0, 0, {front}, {missing - front}])";
    }

    private string Assign(Node node, string expression)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"v{_order[node]}");
        _body.Append("    ").Append(name).Append(" = ").Append(expression).Append('\n');
        return Finish(node, name);
    }

    private string Finish(Node node, string name)
    {
        _written.Add(node);
        if (Convolution.Match(node, _readers) is Convolution convolution) _written.Add(convolution.First);
        return name;
    }

    /// <summary>Adds a constant, optionally prepared in the given way, and returns its name in <see cref="Forward"/>.</summary>
    private string Constant(torch.Tensor? tensor, Func<string, string>? prepare = null)
    {
        if (tensor is null) return "None";
        string index = string.Create(CultureInfo.InvariantCulture, $"[{_constants.Count}]");
        _constants.Add(tensor);
        _prepared.Add(prepare is null ? $"c{index}" : prepare($"c{index}"));
        return $"w{index}";
    }

    private static torch.Tensor Load(StateTensor tensor) => LibTorchPeer.Load(tensor.Value.ReadOnlySpan, tensor.Shape);

    private static string List(Padding2D padding) => padding.IsSymmetric
        ? List(new Size2D(padding.Top, padding.Left))
        : throw new NotSupportedException($"TorchScript: padding is {padding}; opposite sides must be equal.");

    private static string List(Size2D size) => string.Create(CultureInfo.InvariantCulture, $"[{size.Height}, {size.Width}]");

    /// <summary>A convolution and its batch norm, if that is its only reader.</summary>
    private sealed record Convolution(Node First, Node Last)
    {
        public Conv2dOperation Operation => (Conv2dOperation)First.Operation;

        public Value Input => First.Inputs[0];

        /// <summary>The convolution whose last node this is, if any.</summary>
        public static Convolution? Match(Node node, ILookup<Value, Node> readers) => node switch
        {
            { Operation: Conv2dOperation } => new Convolution(node, node),
            { Operation: BatchNorm2dOperation { Training: false } } when node.Inputs[0].Producer is { Operation: Conv2dOperation } first
                && readers[first.Output].Count() == 1 => new Convolution(first, node),
            _ => null,
        };

        /// <summary>Weight and bias with the batch norm folded in.</summary>
        public (torch.Tensor Weight, torch.Tensor? Bias) Fold()
        {
            torch.Tensor weight = Load(Operation.Weight);
            torch.Tensor? bias = Operation.Bias is null ? null : Load(Operation.Bias);
            if (Last.Operation is not BatchNorm2dOperation norm) return (weight, bias);
            torch.Tensor scale = Load(norm.Weight!) / (Load(norm.RunningVar!) + norm.Eps).sqrt();
            torch.Tensor shift = Load(norm.Bias!) - Load(norm.RunningMean!) * scale;
            return (weight * scale.view(-1, 1, 1, 1), bias is null ? shift : bias * scale + shift);
        }
    }
}
