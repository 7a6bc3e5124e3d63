using NUnit.Framework;
using ResNetManaged.Layers;
using ResNetManaged.Models;
using ResNetManaged.Parity.Support;
using ResNetManaged.Tensors;
using ResNetManaged.Tests.Support;
using TorchSharp;

namespace ResNetManaged.Parity.Models;

public sealed class VariantTests : LibTorchTests
{
    /// <summary>
    /// How many times LibTorch's own largest float32 error ours may be. Both are a few draws from one distribution of rounding errors; the
    /// worst of some may well be several times the worst of others.
    /// </summary>
    private const double Allowance = 8;

    /// <summary>Roundings of the last operation, of a pool of four elements or a statistic, that a lucky LibTorch may not show.</summary>
    private const int LastRoundings = 8;

    [TestCaseSource(typeof(ResNetVariants), nameof(ResNetVariants.Names))]
    public void BothModesAgreeAndTrainingUpdatesTheSameStatistics(string name)
    {
        ConditionedNetwork conditioned = new(name);
        ResNet network = conditioned.Network;
        using TorchResNet exact = new(name, network.StateDict(), torch.float64), rounded = new(name, network.StateDict(), torch.float32);
        Agreement training = new($"{name}, training"), statistics = new($"{name}, running statistics"), evaluation = new($"{name}, evaluation");

        exact.Training = rounded.Training = true;
        Compare(training, network.Train().Forward(conditioned.Training), exact.Forward(conditioned.Training),
            rounded.Forward(conditioned.Training), "logits");
        Assert.That(exact.Unread, Is.EqualTo(UnusedByTheArticle(network)), "tensors that only the library uses");
        StateDict state = network.StateDict();
        IEnumerable<string> used = exact.Statistics.Keys.Where(key => !exact.Unread.Contains(key));
        foreach (string key in used)
            Compare(statistics, state[key], Agreement.Doubles(exact.Statistics[key]), Agreement.Doubles(rounded.Statistics[key]), key);

        conditioned.Calibrate();
        ConditionedNetwork.Calibrate(exact);
        ConditionedNetwork.Calibrate(rounded);
        exact.Training = rounded.Training = false;
        Compare(evaluation, network.Eval().Forward(conditioned.Fresh),
            exact.Forward(conditioned.Fresh), rounded.Forward(conditioned.Fresh), "logits");

        training.Report();
        statistics.Report();
        evaluation.Report();
    }

    /// <summary>Compares with LibTorch in float64; the tolerance follows from what float32 does to LibTorch.</summary>
    private static void Compare(Agreement agreement, Tensor ours, double[] exact, double[] rounded, string what)
    {
        double error = exact.Zip(rounded, (e, r) => Math.Abs(e - r)).Max(), magnitude = exact.Max(Math.Abs);
        double tolerance = Allowance * error + LastRoundings * Close.UnitRoundoff * magnitude;
        agreement.AssertWithin(ours, exact, [.. Enumerable.Repeat(tolerance, exact.Length)], what);
    }

    /// <summary>The projections that the article's residual units own without using them: those of the blocks that are not strided.</summary>
    private static IEnumerable<string> UnusedByTheArticle(ResNet network) =>
        network.Config.Shortcut != ShortcutOption.ProjectionOwnedButUsedWhereStrided
            ? []
            : network.StateDict().Keys.Where(key => key.Contains(".skipconv.", StringComparison.Ordinal)
                && (key.StartsWith("layer2_x.", StringComparison.Ordinal) || key.Split('.')[1] != "0")
                && !key.EndsWith("num_batches_tracked", StringComparison.Ordinal));
}
