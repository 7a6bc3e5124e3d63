using ResNetManaged.Graphs;
using ResNetManaged.Graphs.Operations.Activations;
using ResNetManaged.Graphs.Operations.Channels;
using ResNetManaged.Layers;
using ResNetManaged.Layers.Activations;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;
using ResNetManaged.Tests.Support;
using Linear = ResNetManaged.Layers.Linear;

namespace ResNetManaged.Tests.Plans;

/// <summary>Small networks with activation functions, products and concatenations between layers that read halos, blocks and features.</summary>
internal static class ElementwiseModules
{
    /// <summary>The networks by description.</summary>
    public static readonly Dictionary<string, (Func<TorchGenerator, Module> Create, Shape Input)> Cases = new()
    {
        ["sigmoid"] = Between(() => new Sigmoid()),
        ["sigmoid of features"] = OfFeatures(() => new Sigmoid()),
        ["sigmoid and pooling, which must not see channels that pad a block"] = (g => new Sequential(new Conv2d(3, 20, 3, generator: g), new Sigmoid(),
            new AdaptiveAvgPool2d(1), new Flatten(), new Linear(20, 4, generator: g)), [2, 3, 9, 8]),
        ["SiLU"] = Between(() => new SiLU()),
        ["SiLU of features"] = OfFeatures(() => new SiLU()),
        ["hard sigmoid"] = Between(() => new Hardsigmoid()),
        ["GELU"] = Between(() => new OperationModule(GeluOperation.Instance)),
        ["GELU of features"] = OfFeatures(() => new OperationModule(GeluOperation.Instance)),
        ["the approximation of GELU"] = Between(() => new OperationModule(GeluTanhOperation.Instance)),
        ["tanh"] = Between(() => new OperationModule(TanhOperation.Instance)),
        ["ELU"] = Between(() => new OperationModule(new EluOperation(0.5f))),
        ["softplus"] = Between(() => new OperationModule(SoftplusOperation.Instance)),
        ["Mish"] = Between(() => new OperationModule(MishOperation.Instance)),
        ["a clipped line"] = Between(() => new OperationModule(new ClippedLineOperation(0.2f, 0.5f))),
        ["a shuffle of two groups"] = (g => Of(g, 3, 20, (_, left, right) => Value.Concat(left, right).Apply(new ChannelShuffleOperation(2))), [2, 3, 9, 8]),
        ["a shuffle of many groups"] = (g => Of(g, 3, 24, (_, left, _) => left.Apply(new ChannelShuffleOperation(8))), [2, 3, 9, 8]),
        ["a slice of whole blocks"] = (g => Of(g, 3, 48, (_, left, _) => left.Apply(new ChannelSliceOperation(16, 32))), [2, 3, 9, 8]),
        ["two slices of one value"] = (g => Of(g, 3, 29, (_, left, right) =>
            left.Apply(new ChannelSliceOperation(0, 13)) + right.Apply(new ChannelSliceOperation(16, 13)) * left.Apply(new ChannelSliceOperation(9, 13))), [2, 3, 9, 8]),
        ["hard swish"] = Between(() => new Hardswish()),
        ["ReLU6"] = Between(() => new ReLU6()),
        ["clipping to a range without zero"] = Between(() => new Hardtanh(0.125, 0.75)),
        ["leaky ReLU"] = Between(() => new LeakyReLU(0.2)),
        ["SiLU after every kind of convolution"] = (g => new Sequential(new Conv2d(3, 24, 7, 2, 3, generator: g), new SiLU(),
            new Conv2d(24, 36, 3, 1, 1, 1, 6, generator: g), new SiLU(), new Conv2d(36, 33, 1, generator: g), new SiLU(),
            new Conv2d(33, 40, 3, 2, 1, generator: g), new SiLU(), new Conv2d(40, 48, 3, padding: 1, generator: g), new SiLU()), [2, 3, 37, 41]),
        ["hard swish after a shortcut"] = (g => Of(g, 3, 20, (_, left, right) => new Hardswish().Forward(left + right)), [2, 3, 9, 8]),
        ["one trained slope"] = Between(() => new PReLU()),
        ["a trained slope for each channel"] = Between(() => WithSlopes(20)),
        ["a trained slope for each feature"] = OfFeatures(() => WithSlopes(20)),
        ["a product of two convolutions"] = (g => Of(g, 3, 20, (_, left, right) => left * right), [2, 3, 9, 8]),
        ["a product of a convolution with itself"] = (g => Of(g, 3, 20, (_, left, _) => left * left), [2, 3, 9, 8]),
        ["a product of features"] = (g => new Sequential(new Linear(5, 18, generator: g), new Custom(x => x * x), new Linear(18, 3, generator: g)), [3, 5]),
        ["planes scaled by their means"] = (g => Of(g, 3, 20, (_, left, _) => new AdaptiveAvgPool2d(1).Forward(left) * left), [2, 3, 9, 8]),
        ["squeeze and excitation"] = (g => new Sequential(new Conv2d(3, 20, 3, padding: 1, generator: g), new Squeeze(20, 5, g),
            new Conv2d(20, 4, 3, padding: 1, generator: g)), [2, 3, 9, 8]),
        ["a concatenation of whole blocks"] = (g => Of(g, 3, 16, (_, left, right) => Value.Concat(left, right)), [2, 3, 9, 8]),
        ["a concatenation of parts of blocks"] = (g => Of(g, 3, 20, (input, left, right) => Value.Concat(left, input, right, left)), [2, 3, 9, 8]),
        ["a concatenation of features"] = (g => new Sequential(new Linear(5, 18, generator: g), new Custom(x => Value.Concat(x, x)),
            new Linear(36, 3, generator: g)), [3, 5]),
    };

    /// <summary>An activation between two convolutions, the second of which reads a halo.</summary>
    private static (Func<TorchGenerator, Module> Create, Shape Input) Between(Func<Module> activation) => (g => new Sequential(
        new Conv2d(3, 20, 3, padding: 1, generator: g), activation(), new Conv2d(20, 18, 3, padding: 1, generator: g)), [2, 3, 9, 8]);

    /// <summary>An activation between linear layers.</summary>
    private static (Func<TorchGenerator, Module> Create, Shape Input) OfFeatures(Func<Module> activation) => (g => new Sequential(
        new Linear(33, 20, generator: g), activation(), new Linear(20, 3, generator: g)), [7, 33]);

    private static PReLU WithSlopes(int channels)
    {
        PReLU layer = new(channels);
        layer.Weight.Value = Tensor.Uniform([channels], new TorchGenerator(3), -0.5f, 0.5f);
        return layer;
    }

    private static Pair Of(TorchGenerator generator, int inChannels, int channels, Func<Value, Value, Value, Value> combine) =>
        new(generator, inChannels, channels, combine);

    /// <summary>A computation without parameters.</summary>
    private sealed class Custom(Func<Value, Value> forward) : Module
    {
        protected override Value ForwardCore(Value input) => forward(input);
    }

    /// <summary>Two convolutions of one input, and a function of the input and both results.</summary>
    private sealed class Pair : Module
    {
        private readonly Conv2d _left, _right;
        private readonly Func<Value, Value, Value, Value> _combine;

        public Pair(TorchGenerator generator, int inChannels, int channels, Func<Value, Value, Value, Value> combine)
        {
            _left = Register("left", new Conv2d(inChannels, channels, 3, padding: 1, generator: generator));
            _right = Register("right", new Conv2d(inChannels, channels, 1, generator: generator));
            _combine = combine;
        }

        protected override Value ForwardCore(Value input) => _combine(input, _left.Forward(input), _right.Forward(input));
    }

    /// <summary>Squeeze and excitation: Hu, Shen and Sun 2017, arXiv:1709.01507, figure 3.</summary>
    private sealed class Squeeze : Module
    {
        private readonly Sequential _scale;

        public Squeeze(int channels, int squeezed, TorchGenerator generator) => _scale = Register("scale", new Sequential(new AdaptiveAvgPool2d(1),
            new Conv2d(channels, squeezed, 1, generator: generator), new ReLU(), new Conv2d(squeezed, channels, 1, generator: generator), new Sigmoid()));

        protected override Value ForwardCore(Value input) => input * _scale.Forward(input);
    }
}
