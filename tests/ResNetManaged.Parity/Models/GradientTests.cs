using NUnit.Framework;
using ResNetManaged.Layers.State;
using ResNetManaged.Models;
using ResNetManaged.Parity.Support;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;
using ResNetManaged.Training;
using TorchSharp;
using Tensor = ResNetManaged.Tensors.Tensor;

namespace ResNetManaged.Parity.Models;

/// <summary>A training step of whole networks up to the weight update: every gradient and all running statistics.</summary>
public sealed class GradientTests : LibTorchTests
{
    /// <summary>
    /// No ReLU input may be closer to 0, because rounding to float32 might change its sign, and with it the gradient. Several times the rounding error of
    /// a network's normalized activations; the candidates of max pooling are fewer and further apart.
    /// </summary>
    private const double SmallestDistance = 4e-6;

    [TestCase("cifar_resnet20", 2, 16)]
    [TestCase("resnet18", 8, 32)]
    [TestCase("seresnet50", 4, 32)]
    [TestCase("resnet50d", 4, 32)]
    public void AllGradientsAndStatisticsOfATrainingStepAgree(string name, int images, int size)
    {
        ResNet network = new ConditionedNetwork(name).Network.Train();
        Tensor input = InputFarFromKinks(name, network, [images, 3, size, size]);
        Tensor weights = Tensor.Uniform([images, ConditionedNetwork.Classes], new TorchGenerator(1), -1, 1);
        using TorchResNet exact = new(name, network.StateDict(), torch.float64), rounded = new(name, network.StateDict(), torch.float32);
        exact.Training = rounded.Training = true;
        Dictionary<string, double[]> expected = exact.Gradients(input, weights), approximate = rounded.Gradients(input, weights);
        Tensor?[] actual = Gradients.OfModule(network, input, weights);

        Agreement gradients = new($"{name}, gradients"), statistics = new($"{name}, running statistics");
        string[] names = [TorchResNet.InputName, .. network.NamedParameters().Select(entry => entry.Path)];
        Assert.That(expected.Keys, Is.EquivalentTo(names));
        for (int i = 0; i < names.Length; i++) gradients.AssertAsCloseAsLibTorch(actual[i]!, expected[names[i]], approximate[names[i]], names[i]);
        StateDict state = network.StateDict();
        foreach ((string key, torch.Tensor statistic) in exact.Statistics)
            statistics.AssertAsCloseAsLibTorch(state[key], Agreement.Doubles(statistic), Agreement.Doubles(rounded.Statistics[key]), key);
        Agreement planned = new($"{name}, gradients of the training plan");
        TrainingPlan plan = new(network, input.Shape, new ExecutionOptions { Precision = Precision.Exact });
        Assert.That(plan.Describe(), Does.Not.StartWith("gradient tape"));
        plan.Run(input, (_, gradient) =>
        {
            weights.ReadOnlySpan.CopyTo(gradient);
            return 0;
        });
        foreach ((string path, Parameter parameter) in network.NamedParameters())
            planned.AssertAsCloseAsLibTorch(Tensor.FromSpan(plan.Gradients[parameter], parameter.Shape), expected[path], approximate[path], path);
        gradients.Report();
        statistics.Report();
        planned.Report();
    }

    private static Tensor InputFarFromKinks(string name, ResNet network, Shape shape)
    {
        for (ulong seed = 0; seed < 100; seed++)
        {
            Tensor input = Tensor.Uniform(shape, new TorchGenerator(seed), -1, 1);
            using TorchResNet trial = new(name, network.StateDict(), torch.float64) { Training = true };
            trial.Forward(input);
            if (trial.DistanceFromKinks < SmallestDistance) continue;
            TestContext.Out.WriteLine($"{name}: input from seed {seed}");
            return input;
        }
        throw new AssertionException($"{name}: no input keeps all ReLUs {SmallestDistance} away from 0.");
    }
}
