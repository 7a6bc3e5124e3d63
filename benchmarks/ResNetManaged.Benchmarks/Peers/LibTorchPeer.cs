using ResNetManaged.Graphs;
using ResNetManaged.Graphs.Operations;
using ResNetManaged.Tensors;
using TorchSharp;
using static TorchSharp.torch.nn;

namespace ResNetManaged.Benchmarks.Peers;

/// <summary>A network of ours in LibTorch: one functional call an operation, as PyTorch runs it eagerly, in inference mode.</summary>
/// <remarks>
/// Batch norm is folded into the convolution before it (as PyTorch's <c>fuse_conv_bn_eval</c> does), ReLU and addition work in place, and
/// what was read for the last time is given back at once, as Python's reference counts would.
/// </remarks>
internal sealed class LibTorchPeer : IDisposable
{
    private readonly ILookup<Value, Node> _readers;
    private readonly Dictionary<Value, int> _slots = []; // values that are one tensor, by folding or in place, share a slot
    private readonly List<Action<torch.Tensor[]>> _steps = [];
    private readonly List<torch.Tensor> _constants = [];
    private readonly torch.Tensor _input;
    private readonly Value _output;
    private readonly float[] _result;

    public LibTorchPeer(Graph graph, Tensor input, int threads)
    {
        torch.set_num_threads(threads);
        using DisposeScope scope = torch.NewDisposeScope(); // for what only makes constants
        _readers = graph.Nodes.SelectMany(node => node.Inputs.Select(value => (value, node))).ToLookup(pair => pair.value, pair => pair.node);
        _input = Keep(ChannelsLast(Load(input.ReadOnlySpan, input.Shape)));
        _output = graph.Output;
        _result = new float[graph.Output.Shape.ElementCount];
        _slots[graph.Input] = 0;
        foreach (Node node in graph.Nodes) Add(node);
    }

    /// <summary>The network's output, valid until the next call.</summary>
    public float[] Run()
    {
        using IDisposable mode = torch.inference_mode();
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor[] values = new torch.Tensor[_steps.Count + 1];
        values[0] = _input;
        foreach (Action<torch.Tensor[]> step in _steps) step(values);
        values[_slots[_output]].data<float>().CopyTo(_result);
        return _result;
    }

    public void Dispose()
    {
        foreach (torch.Tensor constant in _constants) constant.Dispose();
    }

    private void Add(Node node)
    {
        switch (node.Operation)
        {
            case Conv2dOperation convolution: AddConvolution(node, convolution); break;
            case BatchNorm2dOperation when FoldedBatchNorm(node.Inputs[0].Producer) == node: _slots[node.Output] = _slots[node.Inputs[0]]; break;
            case ReluOperation: AddInPlace(node, x => x.relu_()); break;
            case AddOperation when _readers[node.Inputs[0]].Count() == 1:
                int other = _slots[node.Inputs[1]];
                AddInPlace(node, (x, values) => x.add_(values[other]));
                break;
            case MaxPool2dOperation pool:
                AddStep(node, x => functional.max_pool2d(x, Longs(pool.KernelSize), Longs(pool.Stride), Longs(pool.Padding),
                    Longs(pool.Dilation), pool.CeilMode));
                break;
            case AdaptiveAvgPool2dOperation pool:
                AddStep(node, x => functional.adaptive_avg_pool2d(x, (pool.OutputSize.Height, pool.OutputSize.Width)));
                break;
            case FlattenOperation flatten: AddStep(node, x => x.flatten(flatten.StartDim, flatten.EndDim)); break;
            case LinearOperation linear:
                torch.Tensor weight = Keep(Load(linear.Weight));
                torch.Tensor? bias = linear.Bias is null ? null : Keep(Load(linear.Bias));
                AddStep(node, x => functional.linear(x, weight, bias));
                break;
            case ZeroPadShortcutOperation shortcut: AddStep(node, x => Apply(shortcut, x)); break;
            default: throw new NotSupportedException($"LibTorch: {node} has no counterpart here.");
        }
    }

    private void AddConvolution(Node node, Conv2dOperation convolution)
    {
        torch.Tensor weight = Load(convolution.Weight);
        torch.Tensor? bias = convolution.Bias is null ? null : Load(convolution.Bias);
        if (FoldedBatchNorm(node)?.Operation is BatchNorm2dOperation norm)
        {
            torch.Tensor scale = Load(norm.Weight!) / (Load(norm.RunningVar!) + norm.Eps).sqrt();
            torch.Tensor shift = Load(norm.Bias!) - Load(norm.RunningMean!) * scale;
            weight = weight * scale.view(-1, 1, 1, 1);
            bias = bias is null ? shift : bias * scale + shift;
        }
        weight = Keep(ChannelsLast(weight));
        if (bias is not null) Keep(bias);
        long[] stride = Longs(convolution.Stride), padding = Longs(convolution.Padding), dilation = Longs(convolution.Dilation);
        AddStep(node, x => functional.conv2d(x, weight, bias, stride, padding, dilation, convolution.Groups));
    }

    /// <summary>The batch norm that alone reads a convolution's output, if that is so.</summary>
    private Node? FoldedBatchNorm(Node? convolution) => convolution?.Operation is Conv2dOperation
        && _readers[convolution.Output].ToArray() is [{ Operation: BatchNorm2dOperation { Training: false } } norm] ? norm : null;

    private static torch.Tensor Apply(ZeroPadShortcutOperation shortcut, torch.Tensor x)
    {
        int missing = shortcut.OutChannels - shortcut.InChannels, front = missing / 2;
        torch.Tensor subsampled = x.slice(2, 0, x.shape[2], shortcut.Stride.Height).slice(3, 0, x.shape[3], shortcut.Stride.Width);
        return functional.pad(subsampled, [0, 0, 0, 0, front, missing - front]);
    }

    private void AddStep(Node node, Func<torch.Tensor, torch.Tensor> compute)
    {
        int input = _slots[node.Inputs[0]], output = _slots[node.Output] = _steps.Count + 1;
        bool lastRead = input != 0 && _readers[node.Inputs[0]].Last() == node;
        _steps.Add(values =>
        {
            values[output] = compute(values[input]);
            if (lastRead) values[input].Dispose();
        });
    }

    private void AddInPlace(Node node, Func<torch.Tensor, torch.Tensor> compute) => AddInPlace(node, (x, _) => compute(x));

    /// <summary>Writes over the first input; of a second one the values live on until the call's end.</summary>
    private void AddInPlace(Node node, Func<torch.Tensor, torch.Tensor[], torch.Tensor> compute)
    {
        int slot = _slots[node.Output] = _slots[node.Inputs[0]];
        _steps.Add(values => compute(values[slot], values));
    }

    private torch.Tensor Keep(torch.Tensor constant)
    {
        _constants.Add(constant);
        return constant.DetachFromDisposeScope();
    }

    private static torch.Tensor Load(StateTensor tensor) => Load(tensor.Value.ReadOnlySpan, tensor.Shape);

    private static torch.Tensor Load(ReadOnlySpan<float> data, Shape shape) =>
        torch.tensor(data.ToArray(), [.. shape.Select(size => (long)size)]);

    /// <summary>[N, C, H, W] laid out as [N, H, W, C].</summary>
    private static torch.Tensor ChannelsLast(torch.Tensor tensor) => tensor.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2);

    private static long[] Longs(Size2D size) => [size.Height, size.Width];
}
