using ResNetManaged.Benchmarks.Models;
using ResNetManaged.Graphs;
using ResNetManaged.Graphs.Operations;
using ResNetManaged.Graphs.Operations.Shapes;
using ResNetManaged.Tensors;
using TorchSharp;
using static TorchSharp.torch.nn;
using TorchParameter = TorchSharp.Modules.Parameter;

namespace ResNetManaged.Benchmarks.Peers;

/// <summary>
/// A training step of our graph in LibTorch, as its modules would run it: eager operations under autograd, and its SGD. It has its own weights.
/// </summary>
/// <remarks>See <see cref="LibTorchPeer"/> for threads and memory.</remarks>
internal sealed class LibTorchTrainingPeer : IPeer
{
    private readonly Graph _graph;
    private readonly bool _channelsLast;
    private readonly Dictionary<StateTensor, torch.Tensor> _state = [];
    private readonly HashSet<Value> _readOnce;
    private readonly torch.optim.Optimizer _optimizer;
    private readonly torch.Tensor _input, _labels;
    private readonly float[] _result;

    public LibTorchTrainingPeer(BenchmarkNetwork network, int threads, bool channelsLast)
    {
        torch.set_num_threads(threads);
        _graph = network.Graph;
        _channelsLast = channelsLast;
        List<TorchParameter> parameters = [];
        foreach (Tensors.Parameter parameter in network.Module.Parameters())
        {
            TorchParameter copy = new(Load(parameter.Value));
            parameters.Add(copy);
            _state.Add(parameter, copy);
        }
        foreach ((_, StateTensor buffer) in network.Module.NamedBuffers()) _state.Add(buffer, Load(buffer.Value));
        _input = Load(network.Input);
        _labels = torch.tensor(Array.ConvertAll(network.Labels, label => (long)label));
        _readOnce = [.. _graph.Nodes.SelectMany(node => node.Inputs).GroupBy(value => value).Where(readers => readers.Count() == 1).Select(readers => readers.Key)];
        _optimizer = torch.optim.SGD(parameters, PeerTraining.LearningRate, PeerTraining.Momentum, weight_decay: PeerTraining.WeightDecay);
        _result = new float[_graph.Output.Shape.ElementCount];
    }

    public ReadOnlySpan<float> Run()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        _optimizer.zero_grad();
        torch.Tensor logits = Forward();
        functional.cross_entropy(logits, _labels).backward();
        _optimizer.step();
        logits.detach().data<float>().CopyTo(_result);
        return _result;
    }

    public void Dispose()
    {
        _optimizer.Dispose();
        foreach (torch.Tensor tensor in _state.Values.Append(_input).Append(_labels)) tensor.Dispose();
    }

    private torch.Tensor Forward()
    {
        Dictionary<Value, torch.Tensor> values = new() { [_graph.Input] = _input };
        foreach (Node node in _graph.Nodes) values[node.Output] = Apply(node, [.. node.Inputs.Select(value => values[value])]);
        return values[_graph.Output];
    }

    private torch.Tensor Apply(Node node, torch.Tensor[] inputs)
    {
        torch.Tensor x = inputs[0];
        return node.Operation switch
        {
            Conv2dOperation conv => functional.conv2d(x, _state[conv.Weight], Find(conv.Bias), Sizes(conv.Stride), Sizes(conv.Padding),
                Sizes(conv.Dilation), conv.Groups),
            BatchNorm2dOperation { Momentum: double momentum } norm => functional.batch_norm(x, Find(norm.RunningMean), Find(norm.RunningVar),
                Find(norm.Weight), Find(norm.Bias), training: norm.Training, momentum, norm.Eps),
            ReluOperation => _readOnce.Contains(node.Inputs[0]) ? x.relu_() : x.relu(),
            AddOperation => _readOnce.Contains(node.Inputs[0]) ? x.add_(inputs[1]) : _readOnce.Contains(node.Inputs[1]) ? inputs[1].add_(x) : x + inputs[1],
            MaxPool2dOperation pool => functional.max_pool2d(x, Sizes(pool.KernelSize), Sizes(pool.Stride), Sizes(pool.Padding), Sizes(pool.Dilation),
                pool.CeilMode),
            AdaptiveAvgPool2dOperation { OutputSize.Area: 1 } => functional.adaptive_avg_pool2d(x, 1),
            FlattenOperation { StartDim: 1, EndDim: -1 } => x.flatten(1),
            LinearOperation linear => functional.linear(x, _state[linear.Weight], Find(linear.Bias)),
            ZeroPadShortcutOperation shortcut => Shortcut(x, shortcut),
            _ => throw new NotSupportedException($"LibTorch: {node} has no counterpart here."),
        };
    }

    /// <summary>Every stride-th pixel, then channels of zeros before and after.</summary>
    private static torch.Tensor Shortcut(torch.Tensor x, ZeroPadShortcutOperation shortcut)
    {
        int missing = shortcut.OutChannels - shortcut.InChannels, front = missing / 2;
        torch.Tensor some = x[torch.TensorIndex.Colon, torch.TensorIndex.Colon, torch.TensorIndex.Slice(step: shortcut.Stride.Height),
            torch.TensorIndex.Slice(step: shortcut.Stride.Width)];
        return functional.pad(some, [0, 0, 0, 0, front, missing - front]);
    }

    private torch.Tensor? Find(StateTensor? tensor) => tensor is null ? null : _state[tensor];

    private torch.Tensor Load(Tensor tensor)
    {
        torch.Tensor copy = LibTorchPeer.Load(tensor.ReadOnlySpan, tensor.Shape);
        return _channelsLast && tensor.Shape.Rank == 4 ? copy.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2) : copy;
    }

    private static long[] Sizes(Size2D size) => [size.Height, size.Width];

    private static long[] Sizes(Padding2D padding) => padding.IsSymmetric
        ? [padding.Top, padding.Left]
        : throw new NotSupportedException($"LibTorch: padding is {padding}; opposite sides must be equal.");
}
