using NUnit.Framework;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Models;
using ResNetManaged.Plans;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Plans;

/// <summary>Plans of whole networks.</summary>
public sealed class PlanVariantTests
{
    private const int MostBlocks = 2; // the first block of a stage and a repeated one; GoldenVariantTests has the full depths

    private static IEnumerable<string> Families() => ResNetVariants.Names.DistinctBy(name =>
    {
        ResNetConfig config = ResNetVariants.Get(name);
        return config with { Depths = [.. config.Depths.Select(depth => Math.Min(depth, MostBlocks))] };
    });

    [TestCaseSource(nameof(Families))]
    public void EveryKindOfNetworkEqualsTheDefinition(string name) =>
        Agreement.Check(RandomNetwork.Create(name, MostBlocks), Images(name, batch: 2));

    [Explicit("Creates and packs 700 million weights.")]
    [Category("Long")]
    [TestCaseSource(typeof(ResNetVariants), nameof(ResNetVariants.Names))]
    public void EveryVariantEqualsTheDefinition(string name) => Agreement.Check(RandomNetwork.Create(name), Images(name, batch: 2));

    [Test]
    public void EveryAcceleratedWidthEqualsTheDefinition([Values("cifar_resnet20", "resnet18", "resnext50_32x4d")] string name,
        [ValueSource(typeof(SimdDispatch), nameof(SimdDispatch.Accelerated))] SimdPath path) =>
        Agreement.Check(RandomNetwork.Create(name, mostBlocks: 1), Images(name, batch: 1), path);

    [Test]
    public void AnySizeEqualsTheDefinition([Values("resnet18", "textbook_resnet50", "resnext50_32x4d")] string name)
    {
        const int Seed = 130;
        TestContext.Out.WriteLine($"seed {Seed}");
        Random random = new(Seed);
        ResNet network = RandomNetwork.Create(name, mostBlocks: 1);
        for (int i = 0; i < 4; i++)
            Agreement.Check(network, Tensor.Uniform([1, 3, random.Next(32, 131), random.Next(32, 131)], new TorchGenerator(Seed), -1, 1));
    }

    [TestCase("cifar_resnet20", 1, 8, 128)]
    [TestCase("resnet18", 1, 7, 112)]
    public void ABatchInGroupsGivesTheResultsOfItsImagesAlone(string name, int mostBlocks, int batch, int side)
    {
        ResNet network = RandomNetwork.Create(name, mostBlocks);
        Tensor images = Tensor.Uniform([batch, 3, side, side], new TorchGenerator(1), -1, 1);
        foreach (Precision precision in Enum.GetValues<Precision>())
        {
            ResNetManaged.Plans.CompiledModel model = network.Compile(new ExecutionOptions { Precision = precision, Threads = 2 });
            Assert.That(model.PlanFor(images.Shape).ImagesPerGroup, Is.InRange(1, batch - 1), "the batch is split into groups");
            Tensor together = model.Run(images);
            for (int i = 0; i < batch; i++)
            {
                Tensor alone = model.Run(images.Slice(i).Reshape(images.Shape.With(0, 1)));
                Close.AssertSameBits(alone.ReadOnlySpan, together.Slice(i).ReadOnlySpan, $"{precision}, image {i}");
            }
        }
    }

    [Test]
    public void AGroupedCallCountsTheWorkspaceOfEachThread()
    {
        ResNet network = RandomNetwork.Create("cifar_resnet20", mostBlocks: 1);
        Shape images = [8, 3, 128, 128];
        long Bytes(int threads) => network.Compile(new ExecutionOptions { Threads = threads }).PlanFor(images).WorkspaceBytes;
        Assert.That(network.Compile(new ExecutionOptions { Threads = 2 }).PlanFor(images).ImagesPerGroup, Is.LessThanOrEqualTo(4), "each thread has at least one group");
        Assert.That(Bytes(threads: 2), Is.EqualTo(2 * Bytes(threads: 1)));
    }

    [Test]
    public void ThreadCountDoesNotChangeResults([Values("cifar_resnet20", "resnet18", "resnext50_32x4d")] string name, [Values] Precision precision)
    {
        ResNet network = RandomNetwork.Create(name, mostBlocks: 1);
        Tensor input = Images(name, batch: 2);
        Tensor one = network.Compile(new ExecutionOptions { Precision = precision, Threads = 1 }).Run(input);
        foreach (int threads in (int[])[2, 3, 5])
        {
            using ResNetManaged.Tests.Kernels.Threading.TeamBudget budget = new(threads);
            Tensor many = network.Compile(new ExecutionOptions { Precision = precision, Threads = threads }).Run(input);
            Close.AssertSameBits(many.ReadOnlySpan, one.ReadOnlySpan, $"{name}, {precision}, {threads} threads");
        }
    }

    [Test]
    public void AnImageOfNaNsDoesNotChangeTheOthers([Values("cifar_resnet20", "resnet18", "resnext50_32x4d")] string name, [Values] Precision precision)
    {
        CompiledModel model = RandomNetwork.Create(name, mostBlocks: 1).Compile(new ExecutionOptions { Precision = precision });
        Tensor input = Images(name, batch: 3), expected = model.Run(input);
        int length = input.Shape.ElementCount / 3;
        input.Span.Slice(length, length).Fill(float.NaN);
        Tensor actual = model.Run(input);
        Assert.That(actual.Slice(1).ReadOnlySpan.ToArray(), Is.All.NaN);
        foreach (int image in (int[])[0, 2])
            Close.AssertSameBits(actual.Slice(image).ReadOnlySpan, expected.Slice(image).ReadOnlySpan, $"{name}, {precision}, image {image}");
    }

    /// <summary>The smallest images whose last stage still has more than one pixel.</summary>
    private static Tensor Images(string name, int batch)
    {
        int side = ResNetVariants.Get(name).Stem == StemKind.Cifar ? 32 : 64;
        return Tensor.Uniform([batch, 3, side, side], new TorchGenerator(9), -1, 1);
    }
}
