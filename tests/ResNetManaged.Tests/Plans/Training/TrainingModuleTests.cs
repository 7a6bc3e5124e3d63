using NUnit.Framework;
using ResNetManaged.Graphs;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Layers;
using ResNetManaged.Models;
using ResNetManaged.Models.Parts;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;
using ResNetManaged.Tests.Support;
using Linear = ResNetManaged.Layers.Linear;

namespace ResNetManaged.Tests.Plans.Training;

/// <summary>Training programs of single blocks and layers match the gradient tape, at any size and with layers in any order.</summary>
public sealed class TrainingModuleTests
{
    private const ulong Seed = 31;

    private static readonly Dictionary<string, (Func<TorchGenerator, Module> Create, Shape Input)> Blocks = new()
    {
        ["article, residual unit"] = (g => new ResidualUnit(32, generator: g), [2, 32, 9, 6]),
        ["article, strided residual unit"] = (g => new ResidualUnit(40, stride: 2, generator: g), [2, 20, 9, 8]),
        ["article, bottleneck"] = (g => new Bottleneck(16, stride: 2, inChannels: 24, generator: g), [2, 24, 9, 8]),
        ["torchvision, basic block"] = (g => Block(ResNetConfig.Torchvision(BlockKind.ResidualUnit), 32, 32, stride: 1, g), [2, 32, 13, 9]),
        ["torchvision, strided basic block"] = (g => Block(ResNetConfig.Torchvision(BlockKind.ResidualUnit), 24, 40, stride: 2, g), [3, 24, 9, 6]),
        ["torchvision, bottleneck"] = (g => Block(ResNetConfig.Torchvision(BlockKind.Bottleneck), 20, 16, stride: 2, g), [2, 20, 9, 8]),
        ["torchvision, bottleneck with identity"] = (g => Block(ResNetConfig.Torchvision(BlockKind.Bottleneck), 64, 16, stride: 1, g), [2, 64, 5, 6]),
        ["ResNeXt, bottleneck"] = (g =>
            Block(ResNetConfig.Torchvision(BlockKind.Bottleneck) with { Groups = 4, WidthPerGroup = 32 }, 20, 16, stride: 1, g), [2, 20, 5, 6]),
        ["CIFAR, option A"] = (g => Block(ResNetConfig.Cifar(1), 16, 32, stride: 2, g), [2, 16, 9, 8]),
        ["group norms"] = (g => new GroupNormBlock(24, 40, 8, g), [3, 24, 9, 8]),
        ["group norms with an identity shortcut and groups that cross blocks"] = (g => new GroupNormBlock(36, 36, 3, g, projects: false), [2, 36, 9, 8]),
        ["CIFAR, identity"] = (g => Block(ResNetConfig.Cifar(1), 16, 16, stride: 1, g), [3, 16, 8, 8]),
    };

    private static readonly Dictionary<string, (Func<TorchGenerator, Module> Create, Shape Input)> Layers = new()
    {
        ["a stem and a head"] = (g => new Sequential(new Conv2d(3, 24, 7, 2, 3, bias: false, generator: g), new BatchNorm2d(24), new ReLU(), new MaxPool2d(3, 2, 1),
            new Conv2d(24, 17, 3, padding: 1, generator: g), new BatchNorm2d(17), new ReLU(), new AdaptiveAvgPool2d(1), new Flatten(),
            new Linear(17, 5, generator: g)), [2, 3, 33, 47]),
        ["a stem with pooling that rounds up"] = (g => new Sequential(new Conv2d(3, 16, 3, padding: 1, generator: g), new BatchNorm2d(16), new ReLU(),
            new MaxPool2d(3, 2, ceilMode: true)), [2, 3, 8, 7]),
        ["convolutions without batch norm"] = (g => new Sequential(new Conv2d(3, 17, 3, padding: 1, generator: g), new ReLU(),
            new Conv2d(17, 33, 3, stride: 2, generator: g), new ReLU(), new Conv2d(33, 5, 1, generator: g)), [2, 3, 9, 8]),
        ["a convolution with bias and batch norm"] = (g => new Sequential(new Conv2d(17, 33, 3, generator: g), new BatchNorm2d(33)), [2, 17, 10, 9]),
        ["batch norm of the input"] = (_ => new Sequential(new BatchNorm2d(19), new ReLU()), [2, 19, 5, 6]),
        ["batch norm of one plane of two pixels"] = (_ => new BatchNorm2d(3), [1, 3, 1, 2]),
        ["a batch norm without parameters"] = (g => new Sequential(new Conv2d(3, 18, 3, generator: g), new BatchNorm2d(18, affine: false), new ReLU()), [2, 3, 7, 8]),
        ["a batch norm without running statistics"] = (g => new Sequential(new Conv2d(3, 18, 3, generator: g),
            new BatchNorm2d(18, trackRunningStats: false)), [2, 3, 7, 8]),
        ["a batch norm with a plain average"] = (g => new Sequential(new Conv2d(3, 18, 3, generator: g), new BatchNorm2d(18, momentum: null)), [2, 3, 7, 8]),
        ["a dilated convolution"] = (g => new Conv2d(18, 20, 3, 1, 2, 2, generator: g), [2, 18, 11, 12]),
        ["a grouped convolution"] = (g => new Sequential(new Conv2d(3, 24, 1, generator: g), new Conv2d(24, 36, 3, 2, 1, 1, 6, generator: g)), [2, 3, 11, 12]),
        ["a depthwise convolution"] = (g => new Sequential(new Conv2d(3, 20, 1, generator: g), new Conv2d(20, 20, 3, 1, 1, 1, 20, generator: g)), [2, 3, 7, 8]),
        ["a 3x3 convolution padded by 2"] = (g => new Sequential(new Conv2d(3, 16, 1, generator: g), new Conv2d(16, 16, 3, padding: 2, generator: g)), [2, 3, 7, 8]),
        ["a 3x3 convolution padded by 3"] = (g => new Sequential(new Conv2d(3, 16, 1, generator: g), new Conv2d(16, 16, 3, padding: 3, generator: g)), [2, 3, 7, 8]),
        ["a wide kernel"] = (g => new Sequential(new Conv2d(3, 18, 1, generator: g), new Conv2d(18, 16, (1, 5), padding: (0, 2), generator: g)), [2, 3, 6, 7]),
        ["average pooling between convolutions, as in ResNet-D"] = (g => new Sequential(new Conv2d(3, 20, 3, generator: g),
            new AvgPool2d(2, ceilMode: true, countIncludePad: false), new Conv2d(20, 17, 1, generator: g)), [2, 3, 11, 9]),
        ["average pooling of overlapping windows padded unevenly"] = (g => new Sequential(new Conv2d(3, 20, 3, generator: g), new ReLU(),
            new AvgPool2d(3, 2, new Padding2D(0, 1, 1, 0)), new Conv2d(20, 17, 1, generator: g)), [2, 3, 11, 9]),
        ["maximum pooling padded unevenly"] = (g => new Sequential(new Conv2d(3, 20, 3, generator: g), new MaxPool2d(3, 2, new Padding2D(0, 0, 1, 1))),
            [2, 3, 9, 8]),
        ["strided convolutions padded as TensorFlow does"] = (g => new Sequential(new Conv2d(3, 20, 3, 2, new Padding2D(0, 0, 1, 1), generator: g),
            new Conv2d(20, 33, 3, 2, new Padding2D(0, 0, 1, 1), generator: g)), [2, 3, 16, 18]),
        ["3x3 convolutions padded unevenly"] = (g => new Sequential(new Conv2d(3, 20, 3, padding: new Padding2D(1, 0, 0, 2), generator: g),
            new Conv2d(20, 36, 3, padding: new Padding2D(0, 2, 1, 1), generator: g)), [2, 3, 9, 10]),
        ["a group norm of the input"] = (g => new Sequential(GroupNormBlock.Norm(2, 18, g), new ReLU()), [2, 18, 5, 6]),
        ["a group norm without parameters"] = (g => new Sequential(new Conv2d(3, 18, 3, generator: g), new GroupNorm(1, 18, affine: false)), [2, 3, 7, 8]),
        ["a group norm of groups wider than a block"] = (g => new Sequential(new Conv2d(3, 66, 3, generator: g), GroupNormBlock.Norm(2, 66, g)), [3, 3, 7, 8]),
        ["a batch norm that adds a 3x3 convolution"] = (g => new Sequential(new Conv2d(3, 24, 3, generator: g), new ReLU(),
            new Sum(new Conv2d(24, 24, 3, padding: 1, generator: g), new BatchNorm2d(24)), new ReLU()), [2, 3, 7, 8]),
        ["a group norm that adds a 3x3 convolution"] = (g => new Sequential(new Conv2d(3, 24, 3, generator: g), new ReLU(),
            new Sum(new Conv2d(24, 24, 3, padding: 1, generator: g), GroupNormBlock.Norm(3, 24, g))), [2, 3, 7, 8]),
        ["a batch norm that both summands share"] = (g =>
        {
            BatchNorm2d norm = new(18, affine: false);
            return new Sum(new Sequential(new Conv2d(3, 18, 1, generator: g), norm), new Sequential(new Conv2d(3, 18, 3, padding: 1, generator: g), norm));
        }, [2, 3, 7, 8]),
        ["a linear layer"] = (g => new Linear(33, 20, generator: g), [7, 33]),
        ["a linear layer without bias"] = (g => new Linear(33, 20, bias: false, generator: g), [7, 33]),
        ["two linear layers"] = (g => new Sequential(new Linear(33, 20, generator: g), new Linear(20, 3, generator: g)), [7, 33]),
        ["pooled features"] = (g => new Sequential(new Conv2d(3, 20, 3, generator: g), new AdaptiveAvgPool2d(1)), [2, 3, 5, 6]),
    };

    private static readonly Dictionary<string, (Func<TorchGenerator, Module> Create, Shape Input)> Forks = new()
    {
        ["a convolution read twice"] = (g => new Fork(2, new Conv2d(3, 8, 3, padding: 1, generator: g), g), [2, 3, 9, 8]),
        ["a convolution read five times"] = (g => new Fork(5, new Conv2d(3, 20, 3, padding: 1, generator: g), g), [2, 3, 9, 8]),
        ["a batch norm read three times"] = (g => new Fork(3, new BatchNorm2d(18), g), [2, 18, 9, 8]),
        ["an input read three times"] = (g => new Fork(3, new Identity(), g), [2, 20, 9, 8]),
        ["pooled features with unused readers"] = (g => new Fork(3,
            new Sequential(new Conv2d(3, 20, 3, generator: g), new AdaptiveAvgPool2d(1), new Flatten()), g), [2, 3, 5, 6]),
        ["pooled features read by a convolution"] = (g => new Sequential(new Conv2d(3, 20, 3, generator: g), new AdaptiveAvgPool2d(1),
            new Conv2d(20, 17, 1, generator: g), new ReLU(), new Flatten(), new Linear(17, 3, generator: g)), [3, 3, 5, 6]),
    };

    private static IEnumerable<string> ForkNames => Forks.Keys;

    private static IEnumerable<string> BlockNames => Blocks.Keys;

    private static IEnumerable<string> LayerNames => Layers.Keys;

    [Test]
    public void ABlockMatchesTheTape([ValueSource(nameof(BlockNames))] string name, [Values] Precision precision,
        [ValueSource(typeof(SimdDispatch), nameof(SimdDispatch.Accelerated))] SimdPath path) => Check(name, Blocks[name], precision, path);

    [Test]
    public void LayersMatchTheTape([ValueSource(nameof(LayerNames))] string name, [Values] Precision precision) =>
        Check(name, Layers[name], precision, SimdPath.Auto);

    [Test]
    public void ValuesWithManyReadersMatchTheTape([ValueSource(nameof(ForkNames))] string name, [Values(1, 2)] int threads)
    {
        (Module module, Tensor input) = Prepare(Forks[name]);
        Compare(name, module, input, new ExecutionOptions { Threads = threads });
    }

    [Test]
    public void ABlockWithFrozenStatisticsMatchesTheTape([ValueSource(nameof(BlockNames))] string name) =>
        Check(name, Blocks[name], Precision.Fast, SimdPath.Auto, norm => norm.Eval());

    [Test]
    public void ABlockWithFrozenNormsMatchesTheTape([ValueSource(nameof(BlockNames))] string name) => Check(name, Blocks[name], Precision.Fast, SimdPath.Auto, norm =>
    {
        norm.Eval();
        norm.Weight!.RequiresGrad = norm.Bias!.RequiresGrad = false;
    });

    [Test]
    public void ABlockWithEverySecondParameterFrozenMatchesTheTape([ValueSource(nameof(BlockNames))] string name, [Values(0, 1)] int first)
    {
        (Module module, Tensor input) = Prepare(Blocks[name]);
        foreach ((int i, Parameter parameter) in module.Parameters().Index()) parameter.RequiresGrad = i % 2 == first;
        Compare(name, module, input, new ExecutionOptions { Threads = 2 });
    }

    private static void Check(string name, (Func<TorchGenerator, Module> Create, Shape Input) block, Precision precision, SimdPath path,
        Action<BatchNorm2d>? change = null)
    {
        (Module module, Tensor input) = Prepare(block, change);
        Compare(name, module, input, new ExecutionOptions { Precision = precision, Simd = path, Threads = 2 });
    }

    private static (Module Module, Tensor Input) Prepare((Func<TorchGenerator, Module> Create, Shape Input) block, Action<BatchNorm2d>? change = null)
    {
        TorchGenerator generator = new(Seed);
        Module module = block.Create(generator);
        foreach (BatchNorm2d norm in module.NamedModules().Select(entry => entry.Module).OfType<BatchNorm2d>())
        {
            if (norm.Weight is not null && norm.RunningMean is not null) RandomNetwork.Randomize(norm, generator);
            change?.Invoke(norm);
        }
        return (module, Kinks.InputFarFrom(module, block.Input));
    }

    private static void Compare(string name, Module module, Tensor input, ExecutionOptions options)
    {
        Graph graph = module.Trace(input.Shape);
        Tensor weights = Tensor.Uniform(graph.Output.Shape, new TorchGenerator(Seed), -1, 1);
        StepResult expected = StepResult.OnTape(module, input, weights);
        StepResult actual = StepResult.OnPlan(StepResult.Compile(module, input.Shape, options), module, input, weights);
        double worst = actual.AssertClose(expected, TrainingTolerance.Relative(graph, options.Precision), $"{name}, {options.Precision}, {options.Simd}");
        TestContext.Out.WriteLine($"largest error / tolerance {worst:F3}");
    }

    private static ResidualBlock Block(ResNetConfig config, int inChannels, int width, int stride, TorchGenerator generator) =>
        config.Block.Create(new BlockSpec(config with { ZeroInitLastGamma = true }, inChannels, width, stride), generator);

    /// <summary>The sum of two branches.</summary>
    private sealed class Sum : Module
    {
        private readonly Module _left, _right;

        public Sum(Module left, Module right)
        {
            _left = Register("left", left);
            _right = Register("right", right);
        }

        protected override Value ForwardCore(Value input) => _left.Forward(input) + _right.Forward(input);
    }

    /// <summary>Several branches that read one value and whose sum is the output.</summary>
    private sealed class Fork : Module
    {
        private readonly Module _first;
        private readonly List<Module> _branches = [];

        public Fork(int readers, Module first, TorchGenerator generator)
        {
            _first = Register("first", first);
            int channels = first is Identity or BatchNorm2d ? first is BatchNorm2d ? 18 : 20 : ((first as Conv2d)?.OutChannels ?? 20);
            bool areFeatures = first is Sequential;
            for (int i = 0; i < readers; i++)
            {
                Module branch = areFeatures ? new Linear(channels, 4, generator: generator) : new Conv2d(channels, 4, 1, generator: generator);
                _branches.Add(Register($"branch{i}", branch));
            }
        }

        protected override Value ForwardCore(Value input)
        {
            Value shared = _first.Forward(input);
            Value[] parts = [.. _branches.Select(branch => branch.Forward(shared))];
            return parts[0].Shape.Rank == 4 ? parts.Aggregate((a, b) => a + b) : parts[0];
        }
    }
}
