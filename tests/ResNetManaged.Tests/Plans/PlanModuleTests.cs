using NUnit.Framework;
using ResNetManaged.Graphs;
using ResNetManaged.Layers;
using ResNetManaged.Layers.Pooling;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Plans;

/// <summary>Plans of single modules, with layers in any order.</summary>
public sealed class PlanModuleTests
{
    private static readonly TorchGenerator Generator = new(5);

    private static readonly Dictionary<string, (Func<Module> Create, Shape Input)> Cases = new()
    {
        ["a stage"] = (() => RandomNetwork.Create("resnet18").GetSubmodule("layer2"), [2, 64, 13, 14]),
        ["a sequence that ends in softmax"] = (() => new Sequential(new Conv2d(3, 20, 3, padding: 1, generator: Generator), new ReLU(), new AdaptiveAvgPool2d(1),
            new Flatten(), new Linear(20, 7, generator: Generator), new Softmax(-1)), [3, 3, 9, 8]),
        ["softmax of pooled features"] = (() => new Sequential(new AdaptiveAvgPool2d(1), new Flatten(), new Softmax(-1)), [3, 20, 4, 5]),
        ["log softmax over channels"] = (() => new Sequential(new Conv2d(3, 20, 3, generator: Generator), new LogSoftmax(1)), [2, 3, 9, 8]),
        ["average pooling"] = (() => new AvgPool2d(3, 2, 1), [2, 5, 9, 8]),
        ["average pooling between convolutions"] = (() => new Sequential(new Conv2d(3, 18, 3, generator: Generator), new AvgPool2d(2),
            new Conv2d(18, 4, 1, generator: Generator)), [2, 3, 11, 9]),
        ["maximum pooling"] = (() => new MaxPool2d(3, 2, 1), [2, 20, 9, 8]),
        ["maximum pooling with windows entirely in the padding"] = (() => new MaxPool2d(2, 1, 1, 2), [2, 20, 1, 1]),
        ["global maxima"] = (() => new GlobalPool2d(mean: false, concatenates: false), [2, 20, 9, 8]),
        ["batch norm of features"] = (() => new Sequential(new Linear(5, 19, generator: Generator), Randomized(new BatchNorm2d(19) { OfFeatures = true })), [3, 5]),
        ["batch norm"] = (() => Randomized(new BatchNorm2d(19)), [2, 19, 5, 6]),
        ["batch norm and ReLU"] = (() => new Sequential(Randomized(new BatchNorm2d(19)), new ReLU()), [2, 19, 5, 6]),
        ["ReLU"] = (() => new ReLU(), [2, 19, 5, 6]),
        ["ReLU of a matrix"] = (() => new ReLU(), [4, 19]),
        ["a value added to itself"] = (() => new Custom(x => x + x), [2, 3, 4, 5]),
        ["a convolution added to itself"] = (() => Around(new Conv2d(3, 17, 3, generator: Generator), y => y + y), [2, 3, 6, 7]),
        ["a convolution added to its input"] = (() => new Residual(new Conv2d(24, 24, 3, padding: 1, generator: Generator)), [2, 24, 9, 5]),
        ["a matrix added to itself"] = (() => Around(new Linear(5, 18, generator: Generator), y => y + y), [3, 5]),
        ["linear"] = (() => new Linear(33, 20, generator: Generator), [7, 33]),
        ["linear and ReLU"] = (() => new Sequential(new Linear(33, 20, generator: Generator), new ReLU(), new Linear(20, 3, generator: Generator)), [7, 33]),
        ["linear over three dimensions"] = (() => new Linear(5, 4, generator: Generator), [2, 3, 5]),
        ["linear of one row"] = (() => new Linear(5, 4, generator: Generator), [5]),
        ["a convolution with bias and ReLU"] = (() => new Sequential(new Conv2d(17, 33, 3, padding: 1, generator: Generator), new ReLU()), [2, 17, 10, 9]),
        ["a convolution with bias and batch norm"] = (() => new Sequential(new Conv2d(17, 33, 3, generator: Generator), Randomized(new BatchNorm2d(33))), [2, 17, 10, 9]),
        ["a strided pointwise convolution"] = (() => new Sequential(new Conv2d(3, 40, 1, generator: Generator), new Conv2d(40, 24, 1, 2, generator: Generator)), [2, 3, 13, 14]),
        ["a strided pointwise convolution in groups"] = (() => new Conv2d(48, 64, 1, 3, groups: 2, generator: Generator), [3, 48, 11, 16]),
        ["a strided pointwise convolution of more pixels"] = (() => new Conv2d(24, 40, 1, 2, generator: Generator), [1, 24, 15, 16]),
        ["a dilated convolution"] = (() => new Conv2d(18, 20, 3, 1, 2, 2, generator: Generator), [2, 18, 11, 12]),
        ["a dilated convolution of few channels"] = (() => new Conv2d(3, 20, 3, 1, 2, 2, generator: Generator), [2, 3, 11, 12]),
        ["a grouped convolution"] = (() => new Conv2d(24, 36, 3, 2, 1, 1, 6, generator: Generator), [2, 24, 11, 12]),
        ["a depthwise convolution"] = (() => new Conv2d(20, 20, 3, 1, 1, 1, 20, generator: Generator), [2, 20, 7, 8]),
        ["two convolutions that read the input with different halos"] = (() => new Branches(new Conv2d(3, 16, 5, padding: 2, generator: Generator),
            new Conv2d(3, 16, 1, generator: Generator)), [2, 3, 8, 9]),
        ["two convolutions that read a value with different halos"] = (() => new Sequential(new Conv2d(3, 20, 3, generator: Generator),
            new Branches(new Conv2d(20, 16, 3, padding: 1, generator: Generator), new Conv2d(20, 16, (1, 5), padding: (0, 2), generator: Generator))), [2, 3, 8, 9]),
        ["flattening a plane"] = (() => new Sequential(new Conv2d(3, 20, 3, generator: Generator), new Flatten(), new Linear(20 * 12, 5, generator: Generator)), [3, 3, 5, 6]),
        ["flattening one pixel of a convolution"] = (() => new Sequential(new Conv2d(3, 40, 5, generator: Generator), new Flatten(),
            new Linear(40, 5, generator: Generator)), [3, 3, 5, 5]),
        ["flattening one pixel of the input"] = (() => new Sequential(new Flatten(), new Linear(40, 5, generator: Generator)), [3, 40, 1, 1]),
        ["flattening all dimensions"] = (() => new Sequential(new Conv2d(3, 20, 3, generator: Generator), new Flatten(0)), [2, 3, 5, 6]),
        ["a convolution of pooled features"] = (() => new Sequential(new AdaptiveAvgPool2d(1), new Conv2d(40, 24, 1, generator: Generator), new ReLU()), [3, 40, 5, 6]),
        ["ReLU of pooled features"] = (() => new Sequential(new AdaptiveAvgPool2d(1), new ReLU()), [3, 40, 5, 6]),
        ["pooling to 7 x 7"] = (() => new Sequential(new Conv2d(3, 20, 3, generator: Generator), new AdaptiveAvgPool2d(7), new Flatten(),
            new Linear(20 * 49, 4, generator: Generator)), [2, 3, 16, 18]),
        ["a zero-padded shortcut"] = (() => new ZeroPadShortcut(17, 36, 2), [2, 17, 7, 8]),
        ["the identity of images"] = (() => new Identity(), [2, 3, 4, 5]),
        ["the identity of a matrix"] = (() => new Identity(), [2, 3]),
        ["an empty sequence"] = (() => new Sequential(), [2, 3, 4, 5]),
        ["no images"] = (() => RandomNetwork.Create("cifar_resnet20"), [0, 3, 32, 32]),
        ["no images of a convolution"] = (() => new Sequential(new Conv2d(3, 20, 3, generator: Generator), Randomized(new BatchNorm2d(20)), new ReLU()), [0, 3, 8, 8]),
        ["one pixel"] = (() => RandomNetwork.Create("cifar_resnet20"), [2, 3, 1, 1]),
        ["a module used twice"] = (() =>
        {
            Conv2d layer = new(18, 18, 3, padding: 1, generator: Generator);
            return new Sequential(layer, new ReLU(), layer);
        }, [2, 18, 9, 8]),
    };

    private static IEnumerable<string> Names => Cases.Keys;

    [TestCaseSource(nameof(Names))]
    public void EqualsTheDefinition(string name)
    {
        (Func<Module> create, Shape input) = Cases[name];
        Agreement.Check(create().Eval(), Tensor.Uniform(input, new TorchGenerator(6), -1, 1));
    }

    [TestCaseSource(nameof(Names))]
    public void ForwardDoesNotModifyItsInputAndReturnsNewMemory(string name)
    {
        (Func<Module> create, Shape shape) = Cases[name];
        Module module = create().Eval();
        Tensor input = Tensor.Uniform(shape, new TorchGenerator(6), -1, 1), before = input.Clone();
        Tensor first = module.Forward(input), kept = first.Clone(), second = module.Forward(input);
        Close.AssertSameBits(second.ReadOnlySpan, kept.ReadOnlySpan, "the second call");
        second.Span.Fill(9f);
        Close.AssertSameBits(first.ReadOnlySpan, kept.ReadOnlySpan, "the first output after the second call");
        Close.AssertSameBits(input.ReadOnlySpan, before.ReadOnlySpan, "the input");
    }

    private static BatchNorm2d Randomized(BatchNorm2d norm)
    {
        RandomNetwork.Randomize(norm, Generator);
        return norm;
    }

    private static Custom Around(Module inner, Func<Value, Value> then) => new(x => then(inner.Forward(x)), inner);

    private sealed class Custom : Module
    {
        private readonly Func<Value, Value> _forward;

        public Custom(Func<Value, Value> forward, Module? inner = null)
        {
            _forward = forward;
            if (inner is not null) Register("inner", inner);
        }

        protected override Value ForwardCore(Value input) => _forward(input);
    }

    private sealed class Residual : Module
    {
        private readonly Module _branch;

        public Residual(Module branch) => _branch = Register("branch", branch);

        protected override Value ForwardCore(Value input) => _branch.Forward(input) + input;
    }

    private sealed class Branches : Module
    {
        private readonly Module _left, _right;

        public Branches(Module left, Module right)
        {
            _left = Register("left", left);
            _right = Register("right", right);
        }

        protected override Value ForwardCore(Value input) => _left.Forward(input) + _right.Forward(input);
    }
}
