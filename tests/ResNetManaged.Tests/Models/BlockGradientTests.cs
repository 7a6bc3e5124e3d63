using NUnit.Framework;
using ResNetManaged.Graphs;
using ResNetManaged.Layers;
using ResNetManaged.Models;
using ResNetManaged.Models.Parts;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;
using ResNetManaged.Tests.Reference;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Models;

/// <summary>The gradients of whole residual blocks match finite differences of their definition, in both modes.</summary>
public sealed class BlockGradientTests
{
    private const ulong Seed = 31;
    private const int SamplesOfATensor = 24;

    /// <summary>So small that hardly any difference crosses a kink of a ReLU; the differences' rounding error is 1e-9 of the loss.</summary>
    private const double Step = 1.0 / (1 << 20);

    /// <summary>
    /// The largest of several thousand errors relative to their typical size. For normally distributed errors it is four to five standard
    /// deviations; each is the sum of two paths, whose errors add.
    /// </summary>
    private const double Allowance = 8;

    private static readonly Dictionary<string, Func<TorchGenerator, Module>> Blocks = new()
    {
        ["article, residual unit"] = generator => new ResidualUnit(8, generator: generator),
        ["article, strided residual unit"] = generator => new ResidualUnit(16, stride: 2, generator: generator),
        ["article, bottleneck"] = generator => new Bottleneck(4, stride: 2, generator: generator),
        ["torchvision, basic block"] = generator => Block(ResNetConfig.Torchvision(BlockKind.ResidualUnit), 8, stride: 1, generator),
        ["torchvision, strided basic block"] = generator => Block(ResNetConfig.Torchvision(BlockKind.ResidualUnit), 12, stride: 2, generator),
        ["torchvision, bottleneck"] = generator => Block(ResNetConfig.Torchvision(BlockKind.Bottleneck), 4, stride: 2, generator),
        ["ResNeXt, bottleneck"] = generator =>
            Block(ResNetConfig.Torchvision(BlockKind.Bottleneck) with { Groups = 4, WidthPerGroup = 32 }, 4, stride: 1, generator),
        ["CIFAR, option A"] = generator => Block(ResNetConfig.Cifar(1), 16, stride: 2, generator),
        ["a convolution used twice"] = generator =>
        {
            Conv2d layer = new(8, 8, 3, padding: 1, generator: generator);
            return new Sequential(layer, new ReLU(), layer);
        },
    };

    private static IEnumerable<string> Names => Blocks.Keys;

    [Test]
    public void GradientsMatchFiniteDifferences([ValueSource(nameof(Names))] string name, [Values] bool training)
    {
        TorchGenerator generator = new(Seed);
        Module block = Blocks[name](generator);
        RandomNetwork.Randomize(block, generator);
        block.Train(training);
        Tensor input = Tensor.Uniform([2, 8, 5, 6], generator, -1, 1);
        Graph graph = block.Trace(input.Shape);
        Tensor weights = Tensor.Uniform(graph.Output.Shape, generator, -1, 1);
        ExactLoss loss = new(graph, input, weights);
        ParameterGradients gradients = new();
        Compare(null, GradientTape.Record(graph, input, ExecutionOptions.Default).Backward(weights, gradients), "input");
        foreach ((string path, Parameter parameter) in block.NamedParameters())
        {
            if (gradients[parameter] is { } gradient) Compare(parameter, gradient, path);
            else Assert.That(path, Does.StartWith("skipconv").And.Not.Empty, "only an unused projection has no gradient");
        }

        void Compare(Parameter? parameter, Tensor actual, string path)
        {
            double tolerance = RelativeTolerance(block) * actual.ReadOnlySpan.ToArray().Max(Math.Abs);
            foreach (int element in Sample(actual.ElementCount))
            {
                double expected = loss.Derivative(parameter, element, Step);
                Assert.That((double)actual.ReadOnlySpan[element], Is.EqualTo(expected).Within(tolerance), $"seed {Seed}, {path}[{element}]");
            }
        }
    }

    /// <summary>
    /// With random signs the error of a sum of K products grows like sqrt(K) roundings, and that of L consecutive, normalized sums like sqrt(L) times that.
    /// A gradient passes through every convolution twice, forward and back; its longest sum is over a plane's pixels and the images.
    /// </summary>
    private static double RelativeTolerance(Module block)
    {
        Conv2d[] convolutions = [.. block.NamedModules().Select(entry => entry.Module).OfType<Conv2d>()];
        const int Pixels = 2 * 5 * 6;
        int longest = convolutions.Max(layer => layer.KernelSize.Area * Math.Max(layer.InChannels, layer.OutChannels) / layer.Groups);
        return Allowance * Math.Sqrt(2 * convolutions.Length) * Math.Sqrt(Math.Max(Pixels, longest)) * Close.UnitRoundoff;
    }

    private static IEnumerable<int> Sample(int count) => count <= SamplesOfATensor
        ? Enumerable.Range(0, count)
        : Enumerable.Range(0, SamplesOfATensor).Select(i => (int)((i + 0.5) * count / SamplesOfATensor));

    private static ResidualBlock Block(ResNetConfig config, int width, int stride, TorchGenerator generator) =>
        (ResidualBlock)config.Block.Create(new BlockSpec(config with { ZeroInitLastGamma = true }, 8, width, stride), generator);
}
