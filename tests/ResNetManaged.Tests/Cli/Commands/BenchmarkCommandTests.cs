using System.Text.Json;
using NUnit.Framework;
using ResNetManaged.Models;
using ResNetManaged.Serialization;

namespace ResNetManaged.Tests.Cli.Commands;

public sealed class BenchmarkCommandTests : CliTest
{
    private const double Rounding = 0.01; // gflops has two decimals

    [Test]
    public void JsonHasEveryFigure()
    {
        JsonElement line = Run("benchmark", "cifar_resnet20", "--batch", "2", "--seconds", "0",
            "--threads", "1", "--isa", "scalar", "--json").Json().Single();
        Assert.That(CliResult.FieldsOf(line), Is.EqualTo(new[]
        {
            "model", "batch", "threads", "isa", "median_ms", "p10_ms", "p90_ms", "min_ms", "iterations", "images_per_s", "gflops", "load_ms",
            "first_ms", "peak_rss_mib", "allocated_bytes_per_call", "precision", "weight_mib", "peak_gflops", "share_of_peak",
        }));
        Assert.That(line.GetProperty("model").GetString(), Is.EqualTo("cifar_resnet20"));
        Assert.That(line.GetProperty("batch").GetInt32(), Is.EqualTo(2));
        Assert.That(line.GetProperty("threads").GetInt32(), Is.EqualTo(1));
        Assert.That(line.GetProperty("isa").GetString(), Is.EqualTo("scalar"));
        double Number(string name) => line.GetProperty(name).GetDouble();
        Assert.That(Number("min_ms"), Is.Positive.And.LessThanOrEqualTo(Number("p10_ms")));
        Assert.That(Number("median_ms"), Is.InRange(Number("p10_ms"), Number("p90_ms")));
        Assert.That(Number("images_per_s"), Is.EqualTo(2000 / Number("median_ms")).Within(1).Percent);
        double gflops = 2 * 2 * 40_552_426 / Number("median_ms") / 1e6;
        Assert.That(Number("gflops"), Is.EqualTo(gflops).Within(1).Percent.Or.EqualTo(gflops).Within(Rounding));
        Assert.That(Number("iterations"), Is.GreaterThanOrEqualTo(3));
        Assert.That(Number("peak_rss_mib"), Is.GreaterThan(1));
        Assert.That(Number("load_ms"), Is.Positive);
        Assert.That(Number("first_ms"), Is.Positive);
        Assert.That(line.GetProperty("precision").GetString(), Is.EqualTo("fast"));
        Assert.That(Number("weight_mib"), Is.GreaterThan(1.0)); // 269,722 parameters, some of them transformed
        Assert.That(Number("peak_gflops"), Is.Positive);
        double peak = Number("peak_gflops"), share = Number("gflops") / peak;
        Assert.That(Number("share_of_peak"), Is.EqualTo(share).Within(share * 0.05 / peak + Rounding / peak + 0.0001), "the peak has one decimal");
    }

    [Test]
    public void JsonOfATrainingStepHasEveryFigure()
    {
        JsonElement line = Run("benchmark", "cifar_resnet20", "--train", "--batch", "2", "--size", "16", "--seconds", "0", "--threads", "1", "--json").Json().Single();
        Assert.That(CliResult.FieldsOf(line), Is.EqualTo(new[]
        {
            "model", "batch", "threads", "isa", "median_ms", "p10_ms", "p90_ms", "min_ms", "iterations", "images_per_s", "gflops", "load_ms",
            "first_ms", "peak_rss_mib", "allocated_bytes_per_call", "precision", "workspace_mib", "peak_gflops", "share_of_peak",
        }));
        double Number(string name) => line.GetProperty(name).GetDouble();
        Assert.That(Number("images_per_s"), Is.EqualTo(2000 / Number("median_ms")).Within(1).Percent);
        long forward = ModelSummary.Create(ResNet.Create("cifar_resnet20"), [2, 3, 16, 16]).MultiplyAdds;
        double gflops = 2 * 3 * forward / Number("median_ms") / 1e6;
        Assert.That(Number("gflops"), Is.EqualTo(gflops).Within(1).Percent.Or.EqualTo(gflops).Within(Rounding));
        Assert.That(Number("workspace_mib"), Is.GreaterThan(2 * 7 * 16 * 16 * 16 * 4 / 1048576.0), "the activations of the first stage, at least");
        Assert.That(Number("min_ms"), Is.Positive);
    }

    [Test]
    public void RecomputedActivationsTakeLessMemory()
    {
        string[] train = ["benchmark", "cifar_resnet20", "--train", "--batch", "2", "--seconds", "0", "--json"];
        double Workspace(params string[] more) => Run([.. train, .. more]).Json().Single().GetProperty("workspace_mib").GetDouble();
        Assert.That(Workspace("--recompute"), Is.LessThan(0.8 * Workspace()));
        AssertFails(Run("benchmark", "cifar_resnet20", "--recompute", "--seconds", "0"), 2, "--recompute", "--train");
    }

    [Test]
    public void AModuleWithoutLogitsCannotBeTrained() =>
        AssertFails(Run("benchmark", "cifar_resnet20.layer1", "--train", "--seconds", "0"), 2, "cifar_resnet20.layer1 returns [1, 16, 32, 32]", "logits");

    [Test]
    public void ASubmoduleRunsOnItsOwnInput()
    {
        CliResult result = Run("benchmark", "cifar_resnet20.layer3", "--seconds", "0");
        Assert.That(result.ExitCode, Is.Zero, result.Error);
        Assert.That(result.Out, Does.StartWith("cifar_resnet20.layer3, batch 1").And.Contain("GFLOP/s"));
    }

    [Test]
    public void WeightsFromAFileAreUsed()
    {
        string weights = Folder["weights.safetensors"];
        Safetensors.Write(weights, ResNet.Create("cifar_resnet20").StateDict());
        CliResult result = Run("benchmark", "cifar_resnet20", "--weights", weights, "--precision", "exact", "--seconds", "0", "--json");
        Assert.That(result.Json().Single().GetProperty("precision").GetString(), Is.EqualTo("exact"));
        AssertFails(Run("benchmark", "resnet18", "--weights", weights, "--seconds", "0"), 1, weights, "looks like cifar_resnet20, not resnet18");
    }

    [Test]
    public void OnePixelIsEnough() =>
        Assert.That(Run("benchmark", "cifar_resnet20.layer1", "--size", "1", "--seconds", "0").ExitCode, Is.Zero); // inference needs no batch statistics
}
