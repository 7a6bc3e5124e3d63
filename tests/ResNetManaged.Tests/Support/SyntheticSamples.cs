using ResNetManaged.Datasets;
using ResNetManaged.Models;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;

namespace ResNetManaged.Tests.Support;

/// <summary>Small inputs that are easy to tell apart: one channel per class is bright, the rest is fresh noise.</summary>
internal sealed class SyntheticSamples(int count, int classes = 3, int side = 8, double noise = 0.3, float scale = 1) : SampleSource
{
    /// <summary>The smallest network with convolutions, batch norms, shortcuts and a head.</summary>
    public static ResNet Network(int classes = 3, ulong seed = 7) =>
        new(ResNetConfig.Cifar(blocksPerStage: 1) with { Widths = [8, 8, 8], NumClasses = classes }, new TorchGenerator(seed));

    public override string Name => "synthetic";

    public override int Count => count;

    public override IReadOnlyList<string> ClassNames { get; } = [.. Enumerable.Range(0, classes).Select(label => $"class {label}")];

    public override Shape InputShape => [3, side, side];

    public override int LabelOf(int index) => index % classes;

    public override void Load(int index, PhiloxGenerator random, Span<float> destination)
    {
        int plane = side * side;
        for (int i = 0; i < destination.Length; i++)
            destination[i] = scale * (float)((i / plane == LabelOf(index) % 3 ? 1 : 0) + noise * random.NextNormal());
    }
}
