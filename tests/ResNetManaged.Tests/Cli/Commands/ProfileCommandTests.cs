using System.Text.Json;
using NUnit.Framework;

namespace ResNetManaged.Tests.Cli.Commands;

public sealed class ProfileCommandTests : CliTest
{
    private static readonly string[] RateFields =
        ["ms", "multiply_adds", "gflops", "share_of_peak", "bytes", "gb_per_s", "share_of_total"];

    [Test]
    public void JsonHasEveryStepAndTheirTotal()
    {
        JsonElement line = Profile("cifar_resnet20", "--batch", "2", "--json").Json().Single();
        Assert.That(CliResult.FieldsOf(line), Is.EqualTo((string[])
        [
            "model", "batch", "images", "threads", "isa", "precision", "calls", "peak_gflops", .. RateFields, "steps",
        ]));
        Assert.That(line.GetProperty("model").GetString(), Is.EqualTo("cifar_resnet20"));
        Assert.That(line.GetProperty("batch").GetInt32(), Is.EqualTo(2));
        Assert.That(line.GetProperty("calls").GetInt32(), Is.EqualTo(2));
        Assert.That(line.GetProperty("precision").GetString(), Is.EqualTo("fast"));

        JsonElement[] steps = [.. line.GetProperty("steps").EnumerateArray()];
        foreach (JsonElement step in steps)
            Assert.That(CliResult.FieldsOf(step), Is.EqualTo((string[])["path", "operation", "algorithm", "input", "output", .. RateFields]));
        Assert.That(steps.Count(step => step.GetProperty("operation").GetString()!.StartsWith("Conv2d", StringComparison.Ordinal)),
            Is.EqualTo(19)); // He et al. 2015, 4.2: 6n + 1 convolutions, n = 3; the shortcuts of this variant have none
        double Sum(string name) => steps.Sum(step => step.GetProperty(name).GetDouble());
        Assert.That(Sum("ms"), Is.EqualTo(line.GetProperty("ms").GetDouble()).Within(1e-5 * (steps.Length + 1))); // rounded to five decimals
        Assert.That(Sum("multiply_adds"), Is.EqualTo(line.GetProperty("multiply_adds").GetDouble()));
        Assert.That(Sum("share_of_total"), Is.EqualTo(1).Within(1e-4 * steps.Length)); // rounded to four
    }

    [Test]
    public void TextOutputEndsWithATotal()
    {
        CliResult result = Profile("cifar_resnet20.layer3");
        Assert.That(result.ExitCode, Is.Zero, result.Error);
        Assert.That(result.OutLines[0], Does.StartWith("cifar_resnet20.layer3, batch 1, "));
        Assert.That(result.OutLines[1], Does.Match(@"^step +operation +algorithm +shapes +ms GFLOP/s of peak +MB +GB/s of total$"));
        Assert.That(result.OutLines[^1], Does.Match(@"^total .* 100\.0 ?%$"));
        Assert.That(result.OutLines.Count(line => line.StartsWith("layer3.", StringComparison.Ordinal) || line.StartsWith("0.conv1 ", StringComparison.Ordinal)),
            Is.Positive);
    }

    [Test]
    public void ALargeBatchShowsOneGroup() =>
        Assert.That(Profile("cifar_resnet20", "--batch", "200", "--threads", "1").OutLines[0], Does.Match("in groups of [0-9]+, of which one is shown"));

    [Test]
    public void EveryStageIsPrinted([Values("graph", "fused", "algorithms", "buffers", "steps")] string stage)
    {
        CliResult result = Run("profile", "cifar_resnet20", "--stage", stage);
        Assert.That(result.ExitCode, Is.Zero, result.Error);
        Assert.That(result.OutLines, Has.Length.GreaterThan(15));
        Assert.That(result.Out, Does.Contain(stage == "buffers" ? " bytes" : "layer1.0.conv1: Conv2d"));
    }

    [Test]
    public void PrecisionDecidesTheAlgorithms()
    {
        string[] command = ["profile", "cifar_resnet20", "--stage", "algorithms"];
        Assert.That(Run(command).Out, Does.Contain("Winograd"));
        Assert.That(Run([.. command, "--precision", "exact"]).Out, Does.Not.Contain("Winograd").And.Contain("Direct"));
    }

    [Test]
    public void TheTraceHasTheStepsInSequence()
    {
        string trace = Folder["trace.json"];
        JsonElement line = Profile("cifar_resnet20", "--trace", trace, "--json").Json().Single();
        JsonElement[] events = [.. JsonElement.Parse(File.ReadAllText(trace)).GetProperty("traceEvents").EnumerateArray()];
        Assert.That(events, Has.Length.EqualTo(line.GetProperty("steps").GetArrayLength()));
        double end = 0;
        foreach (JsonElement step in events)
        {
            Assert.That(step.GetProperty("ph").GetString(), Is.EqualTo("X"));
            Assert.That(step.GetProperty("ts").GetDouble(), Is.EqualTo(end).Within(1e-3 * events.Length)); // rounded to nanoseconds
            end = step.GetProperty("ts").GetDouble() + step.GetProperty("dur").GetDouble();
        }
        Assert.That(end, Is.EqualTo(1000 * line.GetProperty("ms").GetDouble()).Within(0.01 * events.Length));
        Assert.That(Directory.GetFiles(Folder.Path, "*.tmp"), Is.Empty);
    }

    [Test]
    public void WeightsMustFitTheModel()
    {
        AssertFails(Profile("cifar_resnet20", "--weights", Weights), 1, Weights, "does not fit");
        AssertFails(Profile("cifar_resnet20", "--weights", Folder["none.pth"]), 1, "none.pth");
    }

    [Test]
    public void ATraceFileInAMissingFolderIsRejected() =>
        AssertFails(Profile("cifar_resnet20", "--trace", Path.Combine(Folder.Path, "no", "trace.json")), 1, "there is no folder");

    private static CliResult Profile(string model, params string[] options) => Run(["profile", model, "--calls", "2", .. options]);
}
