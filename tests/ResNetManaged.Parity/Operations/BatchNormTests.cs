using System.Globalization;
using NUnit.Framework;
using ResNetManaged.Layers;
using ResNetManaged.Parity.Support;
using ResNetManaged.Tensors;
using TorchSharp;
using static TorchSharp.torch.nn;

namespace ResNetManaged.Parity.Operations;

public sealed class BatchNormTests : LibTorchTests
{
    /// <summary>
    /// Roundings in a term of the output: variance, adding eps, root and reciprocal, the product with the weight, the mean, the product with x
    /// or the mean, adding the bias, and the last sum. A running statistic has fewer.
    /// </summary>
    private const int Roundings = 9;

    [Test]
    public void TrainingAgreesAndUpdatesTheSameRunningStatistics() => CompareAll(training: true);

    [Test]
    public void EvaluationAgrees() => CompareAll(training: false);

    private static void CompareAll(bool training)
    {
        Draws draws = new();
        string mode = training ? "training" : "evaluation";
        Agreement outputs = new($"batch_norm, {mode}"), statistics = new($"batch_norm, {mode}, running statistics");
        for (int i = 0; i < Draws.Cases; i++) Compare(draws, training, outputs, statistics);
        outputs.Report();
        statistics.Report();
    }

    private static void Compare(Draws draws, bool training, Agreement outputs, Agreement statistics)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        int channels = draws.Int(1, 20), batches = draws.Int(0, 5);
        double eps = draws.OneOf(1e-5, 1e-3, 0.1);
        double? momentum = draws.OneOf<double?>(0.1, 0.01, 1, 0, null);
        BatchNorm2d layer = new(channels, eps, momentum, affine: draws.Bool(), trackRunningStats: draws.Int(0, 4) > 0);
        layer.Train(training);
        if (layer.Weight is not null) layer.Weight.Value = draws.Numbers([channels]);
        if (layer.Bias is not null) layer.Bias.Value = draws.Numbers([channels]);
        if (layer.RunningMean is not null) layer.RunningMean.Value = draws.Numbers([channels]);
        if (layer.RunningVar is not null) layer.RunningVar.Value = draws.Numbers([channels], 0.1f, 2f);
        layer.NumBatchesTracked?.Value.Span.Fill(batches);
        float offset = draws.OneOf(0f, 0f, 10f);
        Tensor input = draws.Numbers([draws.Int(1, 4), channels, draws.Int(1, 9), draws.Int(2, 9)], offset - 1, offset + 1);
        string what = string.Create(CultureInfo.InvariantCulture, $"{layer} of {input.Shape} around {offset}");

        torch.Tensor x = input.ToTorch();
        torch.Tensor? weight = layer.Weight?.Value.ToTorch(), bias = layer.Bias?.Value.ToTorch();
        torch.Tensor? runningMean = layer.RunningMean?.Value.ToTorch(), runningVar = layer.RunningVar?.Value.ToTorch();
        torch.Tensor oldMean = runningMean?.clone() ?? torch.zeros(channels), oldVar = runningVar?.clone() ?? torch.zeros(channels);
        bool ofBatch = training || runningMean is null;
        torch.Tensor expected = functional.batch_norm(x, runningMean!, runningVar!, weight!, bias!, ofBatch, momentum ?? 1.0 / (batches + 1), eps);

        torch.Tensor x64 = x.to(torch.float64);
        torch.Tensor mean = ofBatch ? x64.mean([0, 2, 3]) : oldMean.to(torch.float64);
        torch.Tensor variance = ofBatch ? x64.var([0, 2, 3], unbiased: false) : oldVar.to(torch.float64);
        torch.Tensor scale = (weight?.abs().to(torch.float64) ?? torch.ones(channels, torch.float64)) / (variance + eps).sqrt();
        torch.Tensor magnitude = (x64.abs() + PerChannel(mean.abs())) * PerChannel(scale);
        if (bias is not null) magnitude += PerChannel(bias.abs());
        outputs.AssertWithin(layer.Forward(input), expected, magnitude * Agreement.OfRoundings(Roundings), what);

        if (layer.RunningMean is null) return;
        torch.Tensor newVar = variance * (ofBatch ? 2 : 0); // unbiased, of at least two values
        statistics.AssertWithin(layer.RunningMean.Value, runningMean!,
            (oldMean.abs() + x64.abs().mean([0, 2, 3])) * Agreement.OfRoundings(Roundings), what);
        statistics.AssertWithin(layer.RunningVar!.Value, runningVar!, (oldVar + newVar) * Agreement.OfRoundings(Roundings), what);
        Assert.That(layer.NumBatchesTracked!.Value.ToScalar(), Is.EqualTo(training ? batches + 1 : batches), what);
    }

    private static torch.Tensor PerChannel(torch.Tensor values) => values.view(1, -1, 1, 1);
}
