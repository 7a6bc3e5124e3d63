using ResNetManaged.Layers.State;
using ResNetManaged.Parity.Support;
using ResNetManaged.Tensors;
using TorchSharp;
using static TorchSharp.torch.nn.functional;

namespace ResNetManaged.Parity.Models;

/// <summary>
/// An independent implementation of the named networks: plain functions of a state dict, written from the papers and from torchvision's and
/// the article's Python. It shares only the tensor names with the library.
/// </summary>
internal sealed class TorchResNet : IDisposable
{
    /// <summary>The name of the input's gradient.</summary>
    public const string InputName = "input";

    private const double Eps = 1e-5, Momentum = 0.1;

    private readonly StateDict _state;
    private readonly torch.ScalarType _type;
    private readonly Dictionary<string, torch.Tensor> _statistics = [];
    private readonly HashSet<string> _read = [];
    private readonly Dictionary<string, torch.Tensor> _leaves = [];
    private readonly Dictionary<string, TorchSharp.Modules.Parameter> _parameters = [];
    private readonly Func<torch.Tensor, torch.Tensor> _forward;

    /// <summary>Uses a network's weights and copies its running statistics.</summary>
    public TorchResNet(string name, StateDict state, torch.ScalarType type)
    {
        _state = state;
        _type = type;
        foreach ((string key, Tensor value) in state.Where(entry => entry.Key.Contains("running_", StringComparison.Ordinal)))
            _statistics[key] = Load(value).DetachFromDisposeScope();
        string family = name.Split('_')[0];
        _forward = family switch
        {
            "textbook" => x => Textbook(x, int.Parse(name["textbook_resnet".Length..])),
            "cifar" => x => Cifar(x, (int.Parse(name.Split("resnet")[1].Split('_')[0]) - 2) / 6),
            "resnext50" => x => Torchvision(x, 50, groups: 32),
            "resnext101" => x => Torchvision(x, 101, groups: name.EndsWith("_64x4d", StringComparison.Ordinal) ? 64 : 32),
            "wide" => x => Torchvision(x, name == "wide_resnet50_2" ? 50 : 101),
            _ => x => Torchvision(x, int.Parse(name.Split("resnet")[1].TrimEnd('d'))),
        };
    }

    /// <summary>Whether batch norm uses the batch's statistics and updates the running ones.</summary>
    public bool Training { get; set; }

    /// <summary>The running statistics by name.</summary>
    public IReadOnlyDictionary<string, torch.Tensor> Statistics => _statistics;

    /// <summary>The tensors of the state dict that the network has not used.</summary>
    public IEnumerable<string> Unread => _state.Keys.Where(key => !_read.Contains(key)
        && !key.EndsWith("num_batches_tracked", StringComparison.Ordinal));

    /// <summary>The smallest magnitude among all ReLU inputs so far.</summary>
    public double DistanceFromKinks { get; private set; } = double.PositiveInfinity;

    /// <summary>The gradients of sum(weights * logits) with respect to the input and to each weight that the network uses, by autograd.</summary>
    public Dictionary<string, double[]> Gradients(Tensor input, Tensor weights)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        _leaves.Clear();
        torch.Tensor logits = _forward(Leaf(InputName, input));
        IList<torch.Tensor> gradients = torch.autograd.grad([logits], [.. _leaves.Values], [Load(weights)]);
        return _leaves.Keys.Zip(gradients).ToDictionary(pair => pair.First, pair => Agreement.Doubles(pair.Second));
    }

    /// <summary>Copies the weights into parameters that an optimizer can change; from then on the network reads these, not the state dict.</summary>
    public IEnumerable<TorchSharp.Modules.Parameter> OwnParameters()
    {
        foreach ((string key, Tensor value) in _state)
        {
            bool isBuffer = _statistics.ContainsKey(key) || key.EndsWith("num_batches_tracked", StringComparison.Ordinal);
            if (!isBuffer) _parameters[key] = new TorchSharp.Modules.Parameter(Load(value));
        }
        return _parameters.Values;
    }

    /// <summary>The logits, for autograd.</summary>
    public torch.Tensor Logits(Tensor input) => _forward(Load(input));

    /// <summary>The logits.</summary>
    public double[] Forward(Tensor input)
    {
        using IDisposable mode = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        return Agreement.Doubles(_forward(Load(input)));
    }

    public void Dispose()
    {
        foreach (torch.Tensor tensor in _statistics.Values) tensor.Dispose();
    }

    private static int[] Depths(int layers) => layers switch
    {
        18 => [2, 2, 2, 2],
        34 or 50 => [3, 4, 6, 3],
        101 => [3, 4, 23, 3],
        152 => [3, 8, 36, 3],
        _ => throw new ArgumentOutOfRangeException(nameof(layers), layers, "There is no such depth."),
    };

    private torch.Tensor Torchvision(torch.Tensor x, int layers, int groups = 1)
    {
        bool deep = _state.ContainsKey("conv1.0.weight"), averaged = _state.ContainsKey("layer1.0.downsample.2.weight");
        x = Relu(Norm(deep ? DeepStem(x) : Convolve(x, "conv1", stride: 2), "bn1"));
        x = max_pool2d(x, [3, 3], [2, 2], [1, 1]);
        int[] depths = Depths(layers);
        for (int stage = 1; stage <= 4; stage++)
        {
            for (int block = 0; block < depths[stage - 1]; block++)
            {
                string path = $"layer{stage}.{block}.";
                int stride = stage > 1 && block == 0 ? 2 : 1;
                bool reshapes = block == 0 && (stage > 1 || layers >= 50);
                torch.Tensor shortcut = !reshapes ? x
                    : averaged ? Averaged(x, path + "downsample.", stride)
                    : Norm(Convolve(x, path + "downsample.0", stride), path + "downsample.1");
                x = Relu((layers >= 50 ? Bottleneck(x, path, stride, groups) : BasicBlock(x, path, stride)) + shortcut);
            }
        }
        return Head(x, "fc");
    }

    private torch.Tensor DeepStem(torch.Tensor x)
    {
        x = Relu(Norm(Convolve(x, "conv1.0", stride: 2), "conv1.1"));
        x = Relu(Norm(Convolve(x, "conv1.3"), "conv1.4"));
        return Convolve(x, "conv1.6");
    }

    private torch.Tensor Averaged(torch.Tensor x, string path, int stride)
    {
        if (stride > 1) x = avg_pool2d(x, [2, 2], [stride, stride], ceil_mode: true, count_include_pad: false);
        return Norm(Convolve(x, path + "1"), path + "2");
    }

    private torch.Tensor BasicBlock(torch.Tensor x, string path, int stride)
    {
        x = Relu(Norm(Convolve(x, path + "conv1", stride), path + "bn1"));
        return Excited(Norm(Convolve(x, path + "conv2"), path + "bn2"), path + "se.");
    }

    private torch.Tensor Bottleneck(torch.Tensor x, string path, int stride, int groups)
    {
        x = Relu(Norm(Convolve(x, path + "conv1"), path + "bn1"));
        x = Relu(Norm(Convolve(x, path + "conv2", stride, groups), path + "bn2"));
        return Excited(Norm(Convolve(x, path + "conv3"), path + "bn3"), path + "se.");
    }

    /// <summary>Squeeze-and-excitation, if the network has it.</summary>
    private torch.Tensor Excited(torch.Tensor x, string path)
    {
        if (!_state.ContainsKey(path + "fc1.weight")) return x;
        torch.Tensor squeezed = Relu(conv2d(x.mean([2, 3], keepdim: true), Read(path + "fc1.weight"), Read(path + "fc1.bias")));
        return x * torch.sigmoid(conv2d(squeezed, Read(path + "fc2.weight"), Read(path + "fc2.bias")));
    }

    private torch.Tensor Textbook(torch.Tensor x, int layers)
    {
        x = Relu(Norm(Convolve(x, "layer1.0", stride: 2), "layer1.1"));
        x = max_pool2d(x, [3, 3], [2, 2], [0, 0], ceil_mode: true);
        int[] depths = Depths(layers);
        for (int stage = 2; stage <= 5; stage++)
        {
            for (int block = 0; block < depths[stage - 2]; block++)
            {
                string path = $"layer{stage}_x.{block}.";
                int stride = stage > 2 && block == 0 ? 2 : 1;
                bool projects = layers >= 50 || stride == 2;
                torch.Tensor shortcut = projects ? Pair(x, path + "skipconv", stride) : x;
                torch.Tensor residual = Pair(Relu(Pair(x, path + "fit_.0", stride)), path + "fit_.2");
                if (layers >= 50) residual = Pair(Relu(residual), path + "fit_.4");
                x = Relu(residual + shortcut);
            }
        }
        return Head(x, "fc");

        torch.Tensor Pair(torch.Tensor x, string path, int stride = 1) => Norm(Convolve(x, path + ".0", stride), path + ".1");
    }

    private torch.Tensor Cifar(torch.Tensor x, int blocks)
    {
        x = Relu(Norm(Convolve(x, "conv1"), "bn1"));
        for (int stage = 1; stage <= 3; stage++)
        {
            for (int block = 0; block < blocks; block++)
            {
                bool reshapes = stage > 1 && block == 0;
                torch.Tensor residual = BasicBlock(x, $"layer{stage}.{block}.", stride: reshapes ? 2 : 1);
                if (reshapes)
                {
                    torch.Tensor everySecond = x.slice(2, 0, x.shape[2], 2).slice(3, 0, x.shape[3], 2);
                    torch.Tensor zeros = torch.zeros_like(everySecond).slice(1, 0, x.shape[1] / 2, 1);
                    x = torch.cat([zeros, everySecond, zeros], 1);
                }
                x = Relu(residual + x);
            }
        }
        return Head(x, "linear");
    }

    private torch.Tensor Head(torch.Tensor x, string path) => linear(x.mean([2, 3]), Read(path + ".weight"), Read(path + ".bias"));

    private torch.Tensor Convolve(torch.Tensor x, string path, int stride = 1, int groups = 1)
    {
        torch.Tensor weight = Read(path + ".weight");
        long padding = weight.shape[2] / 2;
        return conv2d(x, weight, null, [stride, stride], [padding, padding], groups: groups);
    }

    private torch.Tensor Norm(torch.Tensor x, string path)
    {
        string mean = path + ".running_mean", variance = path + ".running_var";
        _read.UnionWith([mean, variance]);
        return batch_norm(x, _statistics[mean], _statistics[variance], Read(path + ".weight"), Read(path + ".bias"), Training, Momentum, Eps);
    }

    private torch.Tensor Read(string name)
    {
        _read.Add(name);
        return Leaf(name, _state[name]);
    }

    private torch.Tensor Leaf(string name, Tensor tensor) =>
        _leaves[name] = _parameters.TryGetValue(name, out TorchSharp.Modules.Parameter? parameter) ? parameter : Load(tensor).requires_grad_();

    private torch.Tensor Relu(torch.Tensor x)
    {
        DistanceFromKinks = Math.Min(DistanceFromKinks, x.detach().abs().min().to(torch.float64).item<double>());
        return relu(x);
    }

    private torch.Tensor Load(Tensor tensor) => tensor.ToTorch().to(_type);
}
