using NUnit.Framework;
using ResNetManaged.Layers;
using ResNetManaged.Models;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;
using ResNetManaged.Tests.Kernels.Threading;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Models;

/// <summary>A network's results are bit-identical on any number of threads, in both modes, and for an image in any batch.</summary>
public sealed class ThreadIndependenceTests
{
    /// <summary>
    /// Small networks with both blocks, every stem and shortcut, and grouped convolutions. Their convolutions are large enough to be split
    /// among threads.
    /// </summary>
    private static readonly Dictionary<string, ResNetConfig> Configs = new()
    {
        ["cifar_resnet20"] = ResNetVariants.Get("cifar_resnet20"),
        ["textbook units"] = ResNetConfig.Textbook(BlockKind.ResidualUnit, 1, 2) with { Widths = [64, 128] },
        ["grouped bottlenecks"] = ResNetConfig.Torchvision(BlockKind.Bottleneck, 2, 1) with { Widths = [64, 128], Groups = 8, WidthPerGroup = 8 },
    };

    private static readonly Tensor Images = Tensor.Uniform([3, 3, 45, 39], new TorchGenerator(1));

    private static IEnumerable<string> Names => Configs.Keys;

    [Test]
    public void ThreadCountDoesNotChangeResults([ValueSource(nameof(Names))] string name, [Values] bool training)
    {
        List<(string What, float[] Values)> one = Results(name, training, threads: 1);
        foreach (int threads in (int[])[2, 3, 7])
        {
            foreach (((string what, float[] expected), (_, float[] actual)) in one.Zip(Results(name, training, threads)))
                Close.AssertSameBits(actual, expected, $"{name}, {threads} threads: {what}");
        }
    }

    [Test]
    public void BatchingDoesNotChangeResults([ValueSource(nameof(Names))] string name)
    {
        ResNet model = Create(name).Eval();
        Tensor together = model.Forward(Images);
        for (int i = 0; i < Images.Shape[0]; i++)
        {
            Tensor alone = model.Forward(Images.Slice(i).Reshape(Images.Shape.With(0, 1)));
            Close.AssertSameBits(alone.ReadOnlySpan, together.Slice(i).ReadOnlySpan, $"{name}: image {i}");
        }
    }

    /// <summary>The logits, then the running statistics.</summary>
    private static List<(string What, float[] Values)> Results(string name, bool training, int threads)
    {
        using TeamBudget budget = new(threads);
        ResNet model = Create(name).Train(training);
        Tensor logits = model.Forward(Images, new ExecutionOptions { Threads = threads });
        List<(string, float[])> results = [("logits", logits.ReadOnlySpan.ToArray())];
        foreach ((string path, StateTensor buffer) in model.NamedBuffers()) results.Add((path, buffer.Value.ReadOnlySpan.ToArray()));
        return results;
    }

    /// <summary>The same network on every call; no branch is disabled by a zero weight.</summary>
    private static ResNet Create(string name)
    {
        TorchGenerator generator = new(0);
        ResNet model = new(Configs[name] with { ZeroInitLastGamma = false, NumClasses = 10 }, generator);
        foreach ((_, Module module) in model.NamedModules())
        {
            if (module is BatchNorm2d norm) norm.Bias!.Value = Tensor.Uniform(norm.Bias.Shape, generator, -0.5f, 0.5f);
        }
        return model;
    }
}
