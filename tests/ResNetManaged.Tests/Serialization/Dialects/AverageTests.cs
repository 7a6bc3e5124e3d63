using NUnit.Framework;
using ResNetManaged.Models;
using ResNetManaged.Serialization;
using ResNetManaged.Serialization.Dialects;
using ResNetManaged.Tensors;

namespace ResNetManaged.Tests.Serialization.Dialects;

/// <summary>Moving averages of weights: read if there is nothing else, or on request.</summary>
public sealed class AverageTests
{
    private static readonly CheckpointOptions Average = new() { Average = true };

    private static IEnumerable<string> Containers => DialectTable.Containers.Where(rule => rule.IsAverage).Select(rule => rule.Key);

    private static IEnumerable<string> Copies =>
        DialectTable.Prefixes.Where(rule => rule is { IsCopy: true, HasProjection: false }).Select(rule => rule.Text);

    [TestCaseSource(nameof(Containers))]
    public void AContainerOfTheAverageIsReadOnRequestAndTheChoiceIsSaid(string container)
    {
        (ResNet weights, ResNet average) = (ForeignFile.Network(), ForeignFile.Network(numClasses: 3));
        byte[] file = ForeignFile.Torch([("model", ForeignFile.Tensors(weights)), (container, ForeignFile.Tensors(average))]);
        ResNet read = ForeignFile.Load(file, Average);
        Assert.That(ForeignFile.Output(read), Is.EqualTo(ForeignFile.Output(average)));
        Assert.That(read.Origin!.Notes, Is.EqualTo(new[] { $"holds several state_dicts; '{container}' was read, not 'model'" }));
        Assert.That(ForeignFile.Output(ForeignFile.Load(file)), Is.EqualTo(ForeignFile.Output(weights)));
    }

    [TestCaseSource(nameof(Copies))]
    public void AnAverageBelowAPrefixIsReadOnRequest(string prefix)
    {
        (ResNet weights, ResNet average) = (ForeignFile.Network(), ForeignFile.Network(numClasses: 3));
        byte[] file = ForeignFile.Torch([.. ForeignFile.Tensors(weights, name => "model." + name),
            .. ForeignFile.Tensors(average, name => prefix + name)]);
        Assert.That(ForeignFile.Output(ForeignFile.Load(file, Average)), Is.EqualTo(ForeignFile.Output(average)));
        ResNet read = ForeignFile.Load(file);
        Assert.That(ForeignFile.Output(read), Is.EqualTo(ForeignFile.Output(weights)));
        Assert.That(read.Origin!.Notes.Single(), Does.Contain($"'model.*' was read, not '{prefix}*'"));
    }

    [TestCase("ema", "")]
    [TestCase("state_dict_ema", "module.")]
    [TestCase("net_ema", "")] // a key that no rule knows
    [TestCase("shadow", "")]
    public void AnAverageIsFoundInADictOfItsOwn(string container, string prefix)
    {
        (ResNet weights, ResNet average) = (ForeignFile.Network(), ForeignFile.Network(numClasses: 3));
        byte[] file = ForeignFile.Torch([("model", ForeignFile.Tensors(weights)), (container + "/module", ForeignFile.Tensors(average, name => prefix + name))]);
        ResNet read = ForeignFile.Load(file, Average);
        Assert.That(ForeignFile.Output(read), Is.EqualTo(ForeignFile.Output(average)));
        Assert.That(read.Origin!.Container, Is.EqualTo(container + "/module"));
        Assert.That(ForeignFile.Output(ForeignFile.Load(file)), Is.EqualTo(ForeignFile.Output(weights)));
    }

    [Test]
    public void AnAverageBelowAPrefixThatOnlySaysSoIsReadOnRequest()
    {
        (ResNet weights, ResNet average) = (ForeignFile.Network(), ForeignFile.Network(numClasses: 3));
        byte[] file = ForeignFile.Torch([.. ForeignFile.Tensors(weights, name => "net." + name), .. ForeignFile.Tensors(average, name => "net_ema." + name)]);
        Assert.That(ForeignFile.Output(ForeignFile.Load(file, Average)), Is.EqualTo(ForeignFile.Output(average)));
        ResNet read = ForeignFile.Load(file);
        Assert.That(ForeignFile.Output(read), Is.EqualTo(ForeignFile.Output(weights)));
        Assert.That(read.ReadingNotes, Is.EqualTo(new[] { "holds 2 networks; 'net.*' was read, not 'net_ema.*'" }));
    }

    /// <summary>Many scripts average <c>model.named_parameters()</c>, which have no buffers.</summary>
    [TestCase("", "")]
    [TestCase("module.", "")]
    [TestCase("", "module.")]
    public void AnAverageOfParametersTakesTheStatisticsOfTheWeights(string prefix, string averagePrefix)
    {
        (ResNet weights, ResNet average) = Related();
        byte[] file = ForeignFile.Torch([("model", ForeignFile.Tensors(weights, name => prefix + name)), ("ema", Parameters(average, averagePrefix))]);
        ResNet read = ForeignFile.Load(file, Average);
        Assert.That(ForeignFile.Output(read), Is.EqualTo(ForeignFile.Output(average)));
        Assert.That(read.Origin!.Notes, Has.One.EqualTo("'ema' holds parameters only; the batch norms' statistics of 'model' were taken"));
    }

    [TestCase("model.")]
    [TestCase("")]
    public void AnAverageOfParametersBelowAPrefixTakesTheStatisticsOfTheWeights(string prefix)
    {
        (ResNet weights, ResNet average) = Related();
        ResNet read = ForeignFile.Load(ForeignFile.Torch([.. ForeignFile.Tensors(weights, name => prefix + name), .. Parameters(average, "ema_model.")]), Average);
        Assert.That(ForeignFile.Output(read), Is.EqualTo(ForeignFile.Output(average)));
        Assert.That(read.Origin!.Notes, Has.One.EqualTo($"'ema_model.*' holds parameters only; the batch norms' statistics of '{prefix}*' were taken"));
    }

    [Test]
    public void TorchsAveragedModelIsAnAverage()
    {
        ResNet network = ForeignFile.Network();
        byte[] file = ForeignFile.Torch([("n_averaged", Tensor.Ones([])), .. ForeignFile.Tensors(network, name => "module." + name)]);
        Assert.That(ForeignFile.Output(ForeignFile.Load(file, Average)), Is.EqualTo(ForeignFile.Output(network)));
        Assert.That(ForeignFile.Load(file).Origin!.Dropped, Is.EqualTo(new[] { "n_averaged" }));
    }

    [Test]
    public void AFileWithoutAnAverageIsRefusedOnRequest() => Assert.That(
        ForeignFile.Refusal(ForeignFile.Torch(ForeignFile.Tensors(ForeignFile.Network()), "model"), Average),
        Does.Contain("has no moving average of the weights; expected one under 'state_dict_ema', 'model_ema'"));

    /// <summary>Two networks of other weights and the same statistics.</summary>
    private static (ResNet Weights, ResNet Average) Related()
    {
        (ResNet weights, ResNet average) = (ForeignFile.Network(), ForeignFile.Network());
        foreach (Parameter parameter in average.Parameters())
        {
            Tensor changed = parameter.Value.Clone();
            foreach (ref float value in changed.Span) value *= 0.875f;
            parameter.Value = changed;
        }
        return (weights, average);
    }

    private static List<(string, Tensor)> Parameters(ResNet network, string prefix) =>
        ForeignFile.Tensors(network, name => name.Contains("running", StringComparison.Ordinal) || name.Contains("num_batches", StringComparison.Ordinal) ? "" : prefix + name);
}
