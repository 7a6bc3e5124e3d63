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

    /// <summary>torch_ema and diffusers store a list of <c>model.parameters()</c>.</summary>
    [Test]
    public void AnAverageInAListTakesTheNamesOfTheWeightsParameters()
    {
        (ResNet weights, ResNet average) = Related();
        ResNet read = ForeignFile.Load(List(weights, Parameters(average, "")), Average);
        Assert.That(ForeignFile.Output(read), Is.EqualTo(ForeignFile.Output(average)));
        Assert.That(read.Origin!.Container, Is.EqualTo("ema/shadow_params"));
        Assert.That(read.ReadingNotes, Has.One.EqualTo(
            $"'ema/shadow_params' is a list; its {Parameters(average, "").Count} tensors took the names of the parameters of 'model', which have their shapes"));
        Assert.That(ForeignFile.Output(ForeignFile.Load(List(weights, Parameters(average, "")))), Is.EqualTo(ForeignFile.Output(weights)));
    }

    [Test]
    public void AnAverageInAListOfOtherShapesIsRefused()
    {
        (ResNet weights, ResNet average) = Related();
        List<(string, Tensor)> parameters = Parameters(average, "");
        (parameters[0], parameters[3]) = (parameters[3], parameters[0]);
        const string Expected = "without names, 'ema/shadow_params'; expected the shapes of the parameters of 'model', in their order.";
        Assert.That(ForeignFile.Refusal(List(weights, parameters), Average), Does.EndWith(Expected));
        Assert.That(ForeignFile.Refusal(List(weights, parameters[..^1]), Average), Does.EndWith(Expected));
        Assert.That(ForeignFile.Refusal(List(null, parameters)), Does.Contain("expected their names; in Python, copy the list to the model with ema.copy_to(model.parameters())"));
    }

    [Test]
    public void TheTensorsThatAnAverageLacksAreSaidToBeTheAverages()
    {
        (ResNet weights, ResNet average) = Related();
        byte[] file = ForeignFile.Torch([("model", ForeignFile.Tensors(weights)), ("ema", [.. ForeignFile.Tensors(average).Where(entry => entry.Name != "layer1.0.bn2.weight")])]);
        Assert.That(ForeignFile.Refusal(file, Average), Does.Contain("missing: 'layer1.0.bn2.weight'. That is its moving average; without the option for averages the weights"));
        file = ForeignFile.Torch([("model", ForeignFile.Tensors(weights)), ("ema", [.. ForeignFile.Tensors(average).Where(entry => entry.Name.StartsWith("layer4", StringComparison.Ordinal))])]);
        Assert.That(ForeignFile.Refusal(file, Average), Does.Contain("has a moving average of").And.Contain("tensors that are not a ResNet's"));
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

    /// <summary>A file of weights, if any, and a list of tensors.</summary>
    private static byte[] List(ResNet? weights, List<(string Name, Tensor Tensor)> average)
    {
        List<(string Name, Tensor Tensor)> all = [.. weights is null ? [] : ForeignFile.Tensors(weights), .. average];
        PickleBuilder pickle = new PickleBuilder().Op("}");
        int written = 0;
        if (weights is not null) Write(pickle.Text("model").Op("}"), all.Count - average.Count, isNamed: true).Op("s");
        Write(pickle.Text("ema").Op("}").Text("shadow_params").Op("]("), average.Count, isNamed: false).Op("ess");
        ZipBuilder zip = new ZipBuilder().Add("a/data.pkl", pickle.Stop());
        for (int i = 0; i < all.Count; i++) zip.Add(FormattableString.Invariant($"a/data/{i}"), System.Runtime.InteropServices.MemoryMarshal.AsBytes(all[i].Tensor.ReadOnlySpan).ToArray());
        return zip.Build();

        PickleBuilder Write(PickleBuilder into, int count, bool isNamed)
        {
            for (int end = written + count; written < end; written++)
            {
                (string name, Tensor tensor) = all[written];
                long[] sizes = [.. Enumerable.Range(0, tensor.Rank).Select(i => (long)tensor.Shape[i])], strides = new long[sizes.Length];
                for (long i = sizes.Length - 1, stride = 1; i >= 0; stride *= sizes[i--]) strides[i] = stride;
                if (isNamed) into.Text(name);
                into.Tensor(tensor.ElementCount, 0, sizes, strides, FormattableString.Invariant($"{written}"));
                if (isNamed) into.Op("s");
            }
            return into;
        }
    }

    private static List<(string, Tensor)> Parameters(ResNet network, string prefix) =>
        ForeignFile.Tensors(network, name => name.Contains("running", StringComparison.Ordinal) || name.Contains("num_batches", StringComparison.Ordinal) ? "" : prefix + name);
}
