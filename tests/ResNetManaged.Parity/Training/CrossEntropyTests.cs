using NUnit.Framework;
using ResNetManaged.Parity.Support;
using ResNetManaged.Tensors;
using ResNetManaged.Tests.Support;
using ResNetManaged.Training.Losses;
using TorchSharp;
using static TorchSharp.torch.nn;

namespace ResNetManaged.Parity.Training;

public sealed class CrossEntropyTests : LibTorchTests
{
    /// <summary>LibTorch: log-softmax, its exponential, and each factor of the gradient; ours has fewer.</summary>
    private const int Roundings = 16;

    [Test]
    public void LossAndGradientAgree()
    {
        Draws draws = new();
        Agreement losses = new("cross_entropy"), gradients = new("cross_entropy gradient");
        for (int i = 0; i < Draws.Cases; i++)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            int rows = draws.Int(1, 40), classes = draws.OneOf(draws.Int(1, 12), draws.Int(1, 1000));
            float spread = draws.OneOf(1f, 10f, 50f);
            double smoothing = draws.OneOf(0, 0.1, 0.5);
            bool soft = draws.Bool();
            Tensor logits = draws.Numbers([rows, classes], -spread, spread), slopes = Tensor.Zeros(logits.Shape);
            CrossEntropyLoss loss = new(smoothing);
            torch.Tensor x = logits.ToTorch().requires_grad_(), target;
            double value;
            if (soft)
            {
                Tensor targets = draws.Numbers(logits.Shape, 0, 1);
                target = targets.ToTorch();
                value = loss.ComputeSoft(logits.ReadOnlySpan, classes, targets.ReadOnlySpan, slopes.Span);
            }
            else
            {
                int[] labels = [.. Enumerable.Range(0, rows).Select(_ => draws.Int(0, classes - 1))];
                target = torch.tensor(labels.Select(label => (long)label).ToArray());
                value = loss.Compute(logits.ReadOnlySpan, classes, labels, slopes.Span);
            }
            torch.Tensor theirs = functional.cross_entropy(x, target, label_smoothing: smoothing);
            theirs.backward();

            // The largest sum of a row's targets, and the largest magnitude of log-softmax.
            double mass = soft ? classes : 1, depth = 2 * spread + Math.Log(classes);
            double rowTolerance = Agreement.OfSums(classes) + Agreement.OfRoundings(Roundings);
            string input = $"{logits.Shape}, spread {spread}, smoothing {smoothing}, soft targets {soft}";
            losses.AssertWithin(Tensor.Full([], (float)value), Agreement.Doubles(theirs.detach()),
                [mass * depth * (rowTolerance + Agreement.OfSums(rows))], input);
            // The absolute error of log-softmax, which scales with its depth, is the relative error of the softmax.
            torch.Tensor softmax = functional.softmax(x.detach(), 1).to(torch.float64);
            torch.Tensor share = (soft ? target : functional.one_hot(target, classes)).to(torch.float64);
            torch.Tensor magnitude = (softmax * mass + share + smoothing / classes) / rows;
            gradients.AssertWithin(slopes, x.grad!, magnitude * (rowTolerance + depth * Agreement.OfRoundings(2)) + Close.UnitRoundoff * 1e-30, input);
        }
        losses.Report();
        gradients.Report();
    }
}
