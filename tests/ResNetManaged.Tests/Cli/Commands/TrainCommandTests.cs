using System.Diagnostics;
using System.Text.Json;
using NUnit.Framework;
using ResNetManaged.Cli;
using ResNetManaged.Cli.Output;
using ResNetManaged.Layers.State;
using ResNetManaged.Serialization;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;
using ResNetManaged.Tests.Support;
using ResNetManaged.Tests.Support.Files;
using ResNetManaged.Training;
using ResNetManaged.Training.Runs;

namespace ResNetManaged.Tests.Cli.Commands;

public sealed class TrainCommandTests : CliTest
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private string Output => Folder["net.safetensors"];

    private string Last => Folder["net.last.safetensors"];

    [Test]
    public void JsonHasALinePerEpochAndOneForTheEnd()
    {
        JsonElement[] lines = Run([.. Arguments(WriteFolders()), "--validation", "0.25", "--json"]).Json();
        Assert.That(lines.Select(line => line.GetProperty("type").GetString()), Is.EqualTo(new[] { "epoch", "epoch", "final" }));
        Assert.That(CliResult.FieldsOf(lines[0]), Is.EqualTo(new[]
        {
            "type", "epoch", "step", "train_loss", "train_accuracy", "validation_loss", "validation_accuracy", "learning_rate", "images_per_s", "seconds",
        }));
        Assert.That(CliResult.FieldsOf(lines[2]), Is.EqualTo(new[]
        {
            "type", "end", "epochs", "steps", "seconds", "best_epoch", "validation_loss", "validation_accuracy", "class_names", "confusion",
        }));
        Assert.That(lines[2].GetProperty("confusion").EnumerateArray().Sum(count => count.GetInt32()), Is.EqualTo(4)); // a quarter of 16 images
    }

    [Test]
    public void ClassifyKnowsTheNamesOfTheClasses()
    {
        string data = WriteFolders();
        CliResult result = Run(Arguments(data));
        Assert.That(result.ExitCode, Is.Zero, result.Error);
        Assert.That(result.Out, Does.Contain("finished after 2 epochs").And.Contain(Output));
        Assert.That(result.ErrorLines, Has.Length.EqualTo(2)); // one line per epoch
        foreach (string weights in new[] { Output, Last })
        {
            JsonElement line = Run("classify", Path.Combine(data, "cat", "0.bmp"), "--weights", weights, "--json").Json().Single();
            Assert.That(line.GetProperty("predictions").EnumerateArray().Select(prediction => prediction.GetProperty("label").GetString()),
                Is.EquivalentTo(new[] { "cat", "dog" }));
        }
    }

    [Test]
    public void TheReportIsOneFileWithCurvesConfusionAndMistakes()
    {
        Assert.That(Run([.. Arguments(WriteFolders()), "--validation", "0.25", "--report", Folder["report.html"], "--quiet"]).ExitCode, Is.Zero);
        string report = File.ReadAllText(Folder["report.html"]);
        Assert.That(report, Does.Contain("<h1>net: ").And.Contain("<th>cat</th>").And.Contain("validation, epoch 2:").And.EndsWith("</html>\n"));
        Assert.That(report, Does.Contain("<th>validation</th>").And.Not.Contain("<th>--").And.Not.Contain("https:")); // nothing to fetch
    }

    [Test]
    public void ASeedGivesTheSameFile()
    {
        string data = WriteFolders();
        byte[] first = TrainAndRead("--seed", "3"), again = TrainAndRead("--seed", "3"), other = TrainAndRead("--seed", "4");
        Assert.That(again, Is.EqualTo(first));
        Assert.That(other, Is.Not.EqualTo(first));

        byte[] TrainAndRead(params string[] more)
        {
            Assert.That(Run([.. Arguments(data, epochs: "1"), .. more]).ExitCode, Is.Zero);
            return File.ReadAllBytes(Output);
        }
    }

    [Test]
    public void RecomputingGivesTheSameWeightsAndIsSavedForResuming()
    {
        string[] arguments = [.. Arguments(WriteFolders(), epochs: "1"), "--quiet"];
        Assert.That(Run(arguments).ExitCode, Is.Zero);
        StateDict expected = Safetensors.Read(Output, out _);
        Assert.That(Run([.. arguments, "--recompute"]).ExitCode, Is.Zero);
        StateDict weights = Safetensors.Read(Output, out IReadOnlyDictionary<string, string> metadata);
        foreach ((string name, Tensor tensor) in expected) Assert.That(weights[name].ReadOnlySpan.SequenceEqual(tensor.ReadOnlySpan), Is.True, name);
        Assert.That(metadata["option.--recompute"], Is.EqualTo("true"));
        Assert.That(Run("train", arguments[1], "--resume", Output, "--recompute", "false", "--quiet").ExitCode, Is.Zero);
    }

    [Test]
    public void CancellingSavesAndExitsWith130AndResumingNeedsNoOptions()
    {
        string data = WriteFolders();
        Assert.That(Run([.. Arguments(data), "--quiet"]).ExitCode, Is.Zero);
        byte[] expected = File.ReadAllBytes(Output);
        File.Delete(Last);
        File.Delete(Output);

        using CancellationTokenSource cancellation = new();
        using CancellingWriter error = new(cancellation); // after the line of the first epoch
        int exitCode = ResNetCommandLine.Run(
            Arguments(data), new Terminal(TextWriter.Null, error, () => Stream.Null), cancellation.Token);
        Assert.That(exitCode, Is.EqualTo(130));
        Assert.That(Trainer.IsUnfinished(Last), Is.True);

        AssertFails(Run(Arguments(data)), 1, Last, "--resume");
        AssertFails(Run("train", data, "--resume", Output, "--lr", "0.7"), 1, "'learning_rate'", "0.7");
        AssertFails(Run("train", data, "--resume", Output, "--output", Folder["other.safetensors"]), 2, "--output");
        JsonElement[] lines = Run("train", data, "--resume", Output, "--json").Json();
        Assert.That(lines.Select(line => line.GetProperty("type").GetString()), Is.EqualTo(new[] { "epoch", "final" }));
        Assert.That(File.ReadAllBytes(Output), Is.EqualTo(expected));
    }

    [Test]
    [Platform(Include = "Linux,MacOsX")]
    public void ARunKilledAtAnyMomentResumesToTheSameFile()
    {
        string[] arguments = [.. Arguments(WriteArrays(), epochs: "40"), "--checkpoint-steps", "1", "--validation", "0.25", "--ema", "0.9"];
        Assert.That(Run([.. arguments, "--quiet"]).ExitCode, Is.Zero);
        byte[] expected = File.ReadAllBytes(Output);
        StateDict expectedLast = Safetensors.Read(Last, out _);
        File.Delete(Last);
        File.Delete(Output);
        File.Delete(Folder["net.log.jsonl"]);

        using (Process process = Start(arguments))
        {
            try
            {
                int moment = Environment.TickCount % 150; // a random number of milliseconds: the test must pass for any
                TestContext.Out.WriteLine($"killed {moment} ms after the first epoch");
                Stopwatch waiting = Stopwatch.StartNew();
                while (!File.Exists(Output) && !process.HasExited && waiting.Elapsed < Patience) Thread.Sleep(5);
                Thread.Sleep(moment);
            }
            finally
            {
                process.Kill(); // SIGKILL
            }
            process.WaitForExit();
        }
        Assert.That(Trainer.IsUnfinished(Last), Is.True);
        CliResult resumed = Run("train", arguments[1], "--resume", Output);
        Assert.That(resumed.ExitCode, Is.Zero, resumed.Error);
        Assert.That(File.ReadAllBytes(Output), Is.EqualTo(expected));
        Assert.That(Directory.GetFiles(Folder.Path, "*.tmp"), Is.Empty);
        StateDict last = Safetensors.Read(Last, out _);
        foreach ((string name, Tensor tensor) in expectedLast) Assert.That(last[name].ReadOnlySpan.SequenceEqual(tensor.ReadOnlySpan), Is.True, name);
        Assert.That(TrainingLog.Read(Folder["net.log.jsonl"]).Epochs.Select(epoch => epoch.Epoch), Is.EqualTo(Enumerable.Range(1, 40)));
    }

    [Test]
    public void BadCallsAreOneLine()
    {
        string data = WriteFolders();
        AssertFails(Run("train", data, "--output", Output), 2, "--model");
        AssertFails(Run("train", data, "--model", "cifar_resnet20"), 2, "--output");
        AssertFails(Run(Arguments(data, rate: "NaN")), 2, "--lr 'NaN'");
        AssertFails(Run(Arguments(data, model: "resnet19")), 2, "resnet19");
        AssertFails(Run([.. Arguments(data), "--validation", "1.5"]), 2, "--validation '1.5'");
        AssertFails(Run([.. Arguments(data), "--recipe", "mnist"]), 2, "mnist");
        AssertFails(Run("train", data, "--model", "cifar_resnet20", "--output", Folder["none/x/y"] + "/net.safetensors"), 1, "there is no folder");
        AssertFails(Run("train", data, "--resume", Folder["none.safetensors"]), 1, "there is no file");
        AssertFails(Run("train", data, "--resume", Weights), 1, "tiny.safetensors", ".last.safetensors");
    }

    [Test]
    public void BadDataIsOneLine()
    {
        AssertFails(Run(Arguments(Directory.CreateDirectory(Folder["nothing"]).FullName)), 1, "nothing", "has no folders");
        Folder.Write("single/cat/1.bmp", TinyData.Bmp());
        AssertFails(Run(Arguments(Folder["single"])), 1, "single", "one class");
        string data = WriteFolders();
        string damaged = Folder.Write("data/cat/1.bmp", TinyData.Bmp()[..100]);
        AssertFails(Run([.. Arguments(data), "--quiet"]), 1, damaged, "truncated", "--skip-unreadable");
        File.Delete(Last);
        CliResult skipped = Run([.. Arguments(data), "--skip-unreadable", "--json"]);
        Assert.That(skipped.ExitCode, Is.Zero, skipped.Error);
        Assert.That(skipped.ErrorLines.Single(), Does.StartWith("warning: ").And.Contain(damaged));
        Directory.Delete(Folder["data/cat"], recursive: true);
        Directory.CreateDirectory(Folder["data/cat"]);
        AssertFails(Run(Arguments(data)), 1, "cat");
    }

    /// <summary>A run with two steps per epoch.</summary>
    private string[] Arguments(string data, string epochs = "2", string rate = "0.01", string model = "cifar_resnet20") =>
        ["train", data, "--model", model, "--output", Output, "--epochs", epochs, "--batch", "6", "--lr", rate];

    /// <summary>Two classes of eight images of noise.</summary>
    private string WriteFolders()
    {
        foreach (string name in new[] { "cat", "dog" })
        {
            for (int i = 0; i < 8; i++) Folder.Write($"data/{name}/{i}.bmp", TinyData.Bmp(seed: i + 10 * name.Length + name[0]));
        }
        return Folder["data"];
    }

    /// <summary>Sixteen images of noise, small enough for many quick steps.</summary>
    private string WriteArrays()
    {
        Npy.Write(Folder["x.npy"], Tensor.Uniform([16, 3, 8, 8], new TorchGenerator(1)));
        Npy.Write(Folder["y.npy"], Tensor.FromArray([.. Enumerable.Range(0, 16).Select(index => (float)(index % 2))], [16]), NpyType.Int64);
        return $"{Folder["x.npy"]},{Folder["y.npy"]}";
    }

    private static Process Start(string[] args) => Process.Start(
        new ProcessStartInfo("dotnet", ["exec", Path.Combine(TestContext.CurrentContext.TestDirectory, "resnet.dll"), .. args])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
}
