using NUnit.Framework;
using ResNetManaged.Parity.Support;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;
using TorchSharp;
using Linear = ResNetManaged.Layers.Linear;

namespace ResNetManaged.Parity.Initialization;

public sealed class SeededNumbersTests : LibTorchTests
{
    /// <summary>The radius of the Box-Muller transform is at most sqrt(-2 log 2^-24) for a 24-bit uniform number.</summary>
    private const double LargestRadius = 5.8;

    /// <summary>Error of a normal number's factors, in units: an angle of up to 2 pi, logarithm, root, sine and product.</summary>
    private const int Roundings = 7 + 2 + 1 + 2 + 1;

    [Test]
    public void UniformNumbersAreEqual() => CompareAll("rand", (agreement, seed, shape) =>
        agreement.AssertEqual(Tensor.Uniform(shape, new TorchGenerator(seed)), torch.rand(Longs(shape)), $"seed {seed}"));

    [Test]
    public void NormalNumbersAgree() => CompareAll("randn", (agreement, seed, shape) =>
    {
        torch.Tensor expected = torch.randn(Longs(shape));
        torch.Tensor tolerance = torch.full_like(expected, LargestRadius * Agreement.OfRoundings(Roundings));
        agreement.AssertWithin(Tensor.Normal(shape, new TorchGenerator(seed)), expected, tolerance, $"seed {seed}");
    });

    [Test]
    public void ConvolutionsAreInitializedEqually()
    {
        Draws draws = new();
        Agreement agreement = new("Conv2d's initialization");
        for (ulong seed = 0; seed < Draws.Cases; seed++)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            int groups = draws.Int(1, 3), inChannels = groups * draws.Int(1, 20), outChannels = groups * draws.Int(1, 20);
            Size2D kernel = draws.Size(1, 7);
            torch.manual_seed((long)seed);
            using TorchSharp.Modules.Conv2d theirs =
                torch.nn.Conv2d(inChannels, outChannels, (kernel.Height, kernel.Width), groups: groups);
            Layers.Conv2d ours = new(inChannels, outChannels, kernel, groups: groups, generator: new TorchGenerator(seed));
            agreement.AssertEqual(ours.Weight.Value, theirs.weight!, $"{ours}, seed {seed}, weight");
            agreement.AssertEqual(ours.Bias!.Value, theirs.bias!, $"{ours}, seed {seed}, bias");
        }
        agreement.Report();
    }

    [Test]
    public void LinearLayersAreInitializedEqually()
    {
        Draws draws = new();
        Agreement agreement = new("Linear's initialization");
        for (ulong seed = 0; seed < Draws.Cases; seed++)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            int inFeatures = draws.Int(1, 300), outFeatures = draws.Int(1, 100);
            torch.manual_seed((long)seed);
            using TorchSharp.Modules.Linear theirs = torch.nn.Linear(inFeatures, outFeatures);
            Linear ours = new(inFeatures, outFeatures, generator: new TorchGenerator(seed));
            agreement.AssertEqual(ours.Weight.Value, theirs.weight!, $"{ours}, seed {seed}, weight");
            agreement.AssertEqual(ours.Bias!.Value, theirs.bias!, $"{ours}, seed {seed}, bias");
        }
        agreement.Report();
    }

    private static void CompareAll(string name, Action<Agreement, ulong, Shape> compare)
    {
        Draws draws = new();
        Agreement agreement = new(name);
        for (int i = 0; i < Draws.Cases; i++)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            ulong seed = (ulong)draws.Int(0, int.MaxValue - 1);
            Shape shape = draws.OneOf<Shape>([draws.Int(1, 40)], [draws.Int(1, 2000)], [draws.Int(1, 5), draws.Int(1, 9), draws.Int(1, 9)]);
            torch.manual_seed((long)seed);
            compare(agreement, seed, shape);
        }
        agreement.Report();
    }

    private static long[] Longs(Shape shape) => [.. shape.Select(size => (long)size)];
}
