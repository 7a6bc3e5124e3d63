using NUnit.Framework;
using ResNetManaged.Models;
using ResNetManaged.Parity.Models;
using ResNetManaged.Parity.Support;
using ResNetManaged.Tensors.Random;
using ResNetManaged.Training;
using ResNetManaged.Training.Losses;
using ResNetManaged.Training.Optimizers;
using TorchSharp;
using Tensor = ResNetManaged.Tensors.Tensor;

namespace ResNetManaged.Parity.Training;

/// <summary>A network trains as it does in LibTorch: the same losses from the same weights and batches.</summary>
public sealed class TrainingRunTests : LibTorchTests
{
    private const int Steps = 10, Images = 32, Side = 32, Classes = 10;
    private const double Rate = 0.01, Momentum = 0.9, Decay = 5e-4;

    /// <summary>
    /// Each step amplifies rounding errors, above all through ReLUs: at this learning rate LibTorch's float32 losses differ from its float64 losses by
    /// 1.6e-4. A wrong gradient, update or statistic changes the second loss by a tenth or more.
    /// </summary>
    private const double Tolerance = 1e-3;

    [Test]
    public void TenStepsOfCifarResNet20FollowLibTorch([Values] Precision precision)
    {
        TorchGenerator generator = new(7);
        ResNet network = ResNet.Create("cifar_resnet20", Classes, generator: generator);
        using TorchRun exact = new(network, torch.float64), rounded = new(network, torch.float32);
        TrainingPlan plan = new(network, [Images, 3, Side, Side], new ExecutionOptions { Precision = precision });
        Sgd optimizer = new(ParameterGroup.Of(network, Decay), Momentum);
        CrossEntropyLoss loss = new();
        Random random = new(7);
        double largest = 0, theirLargest = 0;
        for (int step = 0; step < Steps; step++)
        {
            Tensor input = Tensor.Normal(plan.InputShape, generator);
            int[] labels = [.. Enumerable.Range(0, Images).Select(_ => random.Next(Classes))];
            double expected = exact.Step(input, labels), theirs = rounded.Step(input, labels);
            double actual = plan.Run(input, (logits, gradient) => loss.Compute(logits, Classes, labels, gradient));
            optimizer.Step(plan.Gradients, Rate);
            largest = Math.Max(largest, Math.Abs(actual - expected));
            theirLargest = Math.Max(theirLargest, Math.Abs(theirs - expected));
            TestContext.Out.WriteLine(FormattableString.Invariant(
                $"step {step}: loss {actual:F6}, off by {actual - expected:E1}, LibTorch in float32 by {theirs - expected:E1}"));
            Assert.That(actual, Is.EqualTo(expected).Within(Tolerance), $"the loss of step {step}");
        }
        TestContext.Out.WriteLine(FormattableString.Invariant($"{precision}: largest difference {largest:E1}, of LibTorch in float32 {theirLargest:E1}"));
    }

    /// <summary>The network in LibTorch, with its own weights that its optimizer changes.</summary>
    private sealed class TorchRun : IDisposable
    {
        private readonly TorchResNet _network;
        private readonly torch.optim.Optimizer _optimizer;

        public TorchRun(ResNet network, torch.ScalarType type)
        {
            _network = new TorchResNet("cifar_resnet20", network.StateDict(), type) { Training = true };
            _optimizer = torch.optim.SGD(_network.OwnParameters(), Rate, Momentum, weight_decay: Decay);
        }

        /// <summary>Makes a step and returns the loss before it.</summary>
        public double Step(Tensor input, int[] labels)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            _optimizer.zero_grad();
            torch.Tensor loss = torch.nn.functional.cross_entropy(_network.Logits(input), torch.tensor(Array.ConvertAll(labels, label => (long)label)));
            loss.backward();
            _optimizer.step();
            return loss.to(torch.float64).item<double>();
        }

        public void Dispose()
        {
            _optimizer.Dispose();
            _network.Dispose();
        }
    }
}
