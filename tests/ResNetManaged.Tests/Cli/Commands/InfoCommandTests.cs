using System.Text.Json;
using NUnit.Framework;
using ResNetManaged.Kernels.Simd;

namespace ResNetManaged.Tests.Cli.Commands;

public sealed class InfoCommandTests : CliTest
{
    [Test]
    public void JsonHasEveryFact()
    {
        JsonElement line = Run("info", "--threads", "1", "--isa", "scalar", "--json").Json().Single();
        Assert.That(CliResult.FieldsOf(line), Is.EqualTo(new[]
        {
            "version", "dotnet", "os", "architecture", "processor", "processors", "threads", "isa", "isa_available", "gc", "code",
            "peak_gflops_1_thread", "peak_gflops",
        }));
        Assert.That(line.GetProperty("version").GetString(), Does.Match(@"^\d+\.\d+\.\d+$"));
        Assert.That(line.GetProperty("dotnet").GetString(), Does.StartWith(".NET "));
        foreach (string name in new[] { "os", "architecture", "processor" }) Assert.That(line.GetProperty(name).GetString(), Is.Not.Empty, name);
        Assert.That(line.GetProperty("processors").GetInt32(), Is.EqualTo(Environment.ProcessorCount));
        Assert.That(line.GetProperty("threads").GetInt32(), Is.EqualTo(1));
        Assert.That(line.GetProperty("isa").GetString(), Is.EqualTo("scalar"));
        Assert.That(line.GetProperty("isa_available").EnumerateArray().Select(name => name.GetString()),
            Is.EqualTo(SimdDispatch.Accelerated.Select(SimdDispatch.NameOf)));
        Assert.That(line.GetProperty("gc").GetString(), Does.Match("^(server|workstation), (not )?concurrent$"));
        Assert.That(line.GetProperty("code").GetString(), Is.EqualTo("jit"));
        Assert.That(line.GetProperty("peak_gflops_1_thread").GetDouble(), Is.Positive);
        Assert.That(line.GetProperty("peak_gflops").GetDouble(), Is.Positive);
    }

    [Test]
    public void TextOutputHasOneFactPerLine()
    {
        CliResult result = Run("info");
        Assert.That(result.ExitCode, Is.Zero, result.Error);
        Assert.That(result.OutLines, Has.Length.EqualTo(8));
        Assert.That(result.OutLines[^1], Does.Match(@"^multiply-add  \d+ GFLOP/s on 1 thread, \d+ on \d+$"));
    }
}
