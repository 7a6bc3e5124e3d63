using NUnit.Framework;
using ResNetManaged.Layers.State;
using ResNetManaged.Models;
using ResNetManaged.Parity.Support;
using TorchSharp;

namespace ResNetManaged.Parity.Models;

public sealed class VariantTests : LibTorchTests
{
    [TestCaseSource(typeof(ResNetVariants), nameof(ResNetVariants.WellKnown))]
    public void BothModesAgreeAndTrainingUpdatesTheSameStatistics(string name)
    {
        ConditionedNetwork conditioned = new(name);
        ResNet network = conditioned.Network;
        using TorchResNet exact = new(name, network.StateDict(), torch.float64), rounded = new(name, network.StateDict(), torch.float32);
        Agreement training = new($"{name}, training"), statistics = new($"{name}, running statistics"), evaluation = new($"{name}, evaluation");

        exact.Training = rounded.Training = true;
        training.AssertAsCloseAsLibTorch(network.Train().Forward(conditioned.Training), exact.Forward(conditioned.Training),
            rounded.Forward(conditioned.Training), "logits");
        Assert.That(exact.Unread, Is.EqualTo(UnusedByTheArticle(network)), "tensors that this implementation does not read");
        StateDict state = network.StateDict();
        IEnumerable<string> used = exact.Statistics.Keys.Where(key => !exact.Unread.Contains(key));
        foreach (string key in used)
            statistics.AssertAsCloseAsLibTorch(state[key], Agreement.Doubles(exact.Statistics[key]), Agreement.Doubles(rounded.Statistics[key]), key);

        conditioned.Calibrate();
        ConditionedNetwork.Calibrate(exact);
        ConditionedNetwork.Calibrate(rounded);
        exact.Training = rounded.Training = false;
        evaluation.AssertAsCloseAsLibTorch(network.Eval().Forward(conditioned.Fresh),
            exact.Forward(conditioned.Fresh), rounded.Forward(conditioned.Fresh), "logits");

        training.Report();
        statistics.Report();
        evaluation.Report();
    }

    /// <summary>The projections that the article's residual units own but do not use: those of blocks without a stride.</summary>
    private static IEnumerable<string> UnusedByTheArticle(ResNet network) =>
        network.Config.Shortcut != ShortcutOption.ProjectionOwnedButUsedWhereStrided
            ? []
            : network.StateDict().Keys.Where(key => key.Contains(".skipconv.", StringComparison.Ordinal)
                && (key.StartsWith("layer2_x.", StringComparison.Ordinal) || key.Split('.')[1] != "0")
                && !key.EndsWith("num_batches_tracked", StringComparison.Ordinal));
}
