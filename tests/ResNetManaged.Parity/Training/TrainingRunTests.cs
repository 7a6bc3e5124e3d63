using NUnit.Framework;
using ResNetManaged.Models;
using ResNetManaged.Parity.Models;
using ResNetManaged.Parity.Support;
using ResNetManaged.Tensors;
using ResNetManaged.Training;
using TorchSharp;
using Tensor = ResNetManaged.Tensors.Tensor;

namespace ResNetManaged.Parity.Training;

/// <summary>A network trains as it does in LibTorch: the same losses from the same weights and batches.</summary>
public sealed class TrainingRunTests : LibTorchTests
{
    private const int Steps = 10, Images = 16, Side = 32, Classes = 10;
    private const double Rate = 0.05, Momentum = 0.9, Decay = 5e-4;

    /// <summary>Steps multiply what rounding does, ReLUs more than others; a wrong gradient, update or statistic shows in the second loss, by a tenth or more.</summary>
    private const double Tolerance = 1e-3;

    [Test]
    public void TenStepsOfCifarResNet20FollowLibTorch()
    {
        TorchGenerator generator = new(7);
        ResNet network = ResNet.Create("cifar_resnet20", Classes, generator: generator);
        using TorchResNet theirs = new("cifar_resnet20", network.StateDict(), torch.float32) { Training = true };
        using torch.optim.Optimizer theirOptimizer = torch.optim.SGD(theirs.OwnParameters(), Rate, Momentum, weight_decay: Decay);
        TrainingPlan plan = new(network, [Images, 3, Side, Side]);
        Sgd optimizer = new(ParameterGroup.Of(network, Decay), Momentum);
        CrossEntropyLoss loss = new();
        Random random = new(7);
        double largest = 0, first = 0, last = 0;
        for (int step = 0; step < Steps; step++)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            Tensor input = Tensor.Normal(plan.InputShape, generator);
            int[] labels = [.. Enumerable.Range(0, Images).Select(_ => random.Next(Classes))];
            theirOptimizer.zero_grad();
            torch.Tensor theirLoss = torch.nn.functional.cross_entropy(theirs.Logits(input), torch.tensor(Array.ConvertAll(labels, label => (long)label)));
            theirLoss.backward();
            theirOptimizer.step();
            double expected = theirLoss.to(torch.float64).item<double>();
            last = plan.Run(input, (logits, gradient) => loss.Compute(logits, Classes, labels, gradient));
            optimizer.Step(plan.Gradients, Rate);
            if (step == 0) first = last;
            largest = Math.Max(largest, Math.Abs(last - expected));
            Assert.That(last, Is.EqualTo(expected).Within(Tolerance), $"the loss of step {step}");
        }
        TestContext.Out.WriteLine(FormattableString.Invariant($"losses from {first:F4} to {last:F4}, largest difference {largest:E2}"));
    }
}
