using System.Text.Json;
using NUnit.Framework;
using ResNetManaged.Inference;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Cli.Commands;

public sealed class QuantizeCommandTests : CliTest
{
    private static readonly byte[] Labels = [3, 0, 9, 3, 5, 1, 7, 2];

    [Test]
    public void JsonHasTheFiguresAndTheFileLoads()
    {
        string data = Folder.Write("batch.bin", TinyData.CifarRecords(Labels)), output = Folder["int8.safetensors"];
        JsonElement line = Run("quantize", data, "--weights", Weights, "--output", output, "--images", "3", "--json").Json().Single();
        Assert.That(CliResult.FieldsOf(line), Is.EqualTo(new[]
        {
            "layers", "calibration", "images", "measured", "unchanged", "top1_float", "top1_int8", "weight_bytes", "kept_float",
        }));
        Assert.That(line.GetProperty("calibration").GetString(), Is.EqualTo("mse"));
        Assert.That((line.GetProperty("images").GetInt32(), line.GetProperty("measured").GetInt32()), Is.EqualTo((3, 5)));
        Assert.That(line.GetProperty("weight_bytes").GetInt64(), Is.EqualTo(new FileInfo(output).Length));
        Assert.That(NetworkFile.Load(output).Quantization!.Weights, Has.Count.EqualTo(line.GetProperty("layers").GetInt32()));
        foreach (string command in (string[])["evaluate", "embed"])
        {
            CliResult result = command == "evaluate" ? Run(command, data, "--weights", output)
                : Run(command, Folder.Write("a.bmp", TinyData.Bmp()), "--weights", output, "--output", Folder["v.npy"]);
            Assert.That(result.ExitCode, Is.Zero, result.Error);
        }
    }

    [Test]
    public void AFolderOfPicturesIsComparedWithFloats()
    {
        foreach (string name in new[] { "a.bmp", "b.bmp", "c.bmp" }) Folder.Write($"pictures/{name}", TinyData.Bmp());
        CliResult result = Run("quantize", Folder["pictures"], "--weights", Weights, "--output", Folder["int8.safetensors"], "--report", Folder["report.html"],
            "--keep-float", "conv1", "--calibration", "entropy", "--bits", "8");
        Assert.That(result.ExitCode, Is.Zero, result.Error);
        Assert.That(result.OutLines[0], Does.Contain("calibrated on 1 pictures"));
        Assert.That(result.OutLines[1], Is.EqualTo("float: conv1"));
        Assert.That(result.OutLines[2], Does.Match(@"^\d+\.\d\d % of 2 predictions unchanged$"));
        string report = File.ReadAllText(Folder["report.html"]);
        Assert.That(report, Does.Contain("<td>layer1.0.conv1</td><td>8</td><td>8</td>").And.Contain("<td>conv1</td><td colspan=\"3\">float</td>"));
    }

    [Test]
    public void AutoKeepsAtMostSixLayersInFloat()
    {
        string data = Folder.Write("batch.bin", TinyData.CifarRecords(Labels));
        JsonElement line = Run("quantize", data, "--weights", Weights, "--output", Folder["int8.safetensors"], "--keep-float", "auto", "--json").Json().Single();
        int kept = line.GetProperty("kept_float").GetArrayLength();
        double loss = line.GetProperty("top1_float").GetDouble() - line.GetProperty("top1_int8").GetDouble();
        Assert.That(kept == 6 || loss <= 0.3, $"{kept} layers kept, {loss} points lost");
    }

    [Test]
    public void FaultsAreReported()
    {
        string data = Folder.Write("batch.bin", TinyData.CifarRecords(Labels)), output = Folder["int8.safetensors"];
        AssertFails(Run("quantize", data, "--weights", Weights, "--output", Folder["int8.pth"]), 2, "int8.pth", ".safetensors");
        AssertFails(Run("quantize", data, "--weights", Weights, "--output", output, "--calibration", "best"), 2, "'best'", "mse|min-max|percentile|entropy");
        AssertFails(Run("quantize", data, "--weights", Weights, "--output", output, "--keep-float", "layer9"), 2, "--keep-float", "'layer9'", "conv1");
        AssertFails(Run("quantize", Folder["none"], "--weights", Weights, "--output", output), 1, "none");
        Assert.That(File.Exists(output), Is.False, "nothing was written");
        Assert.That(Run("quantize", data, "--weights", Weights, "--output", output).ExitCode, Is.Zero);
        AssertFails(Run("quantize", data, "--weights", output, "--output", Folder["again.safetensors"]), 1, "quantized already");
    }
}
