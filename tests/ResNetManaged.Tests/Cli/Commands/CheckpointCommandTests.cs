using System.Text;
using NUnit.Framework;
using ResNetManaged.Models;
using ResNetManaged.Serialization;
using ResNetManaged.Tensors;
using ResNetManaged.Tests.Serialization.Dialects;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Cli.Commands;

/// <summary>Commands with checkpoints of other programs: what they are, names, heads and classes.</summary>
public sealed class CheckpointCommandTests : CliTest
{
    private string Picture => Folder.Write("a.bmp", TinyData.Bmp());

    [Test]
    public void ShowSaysWhatAFileHolds()
    {
        List<(string, Tensor)> tensors = [("n_averaged", Tensor.Zeros([])),
            .. ForeignFile.Tensors(ForeignFile.Network(), name => "module." + name.Replace("fc.", "fc.1.", StringComparison.Ordinal))];
        string file = Folder.Write("swa.pth", ForeignFile.Torch(tensors, "state_dict"));
        CliResult result = Run("show", file);
        Assert.That(result.Error, Is.Empty);
        Assert.That(result.OutLines, Has.Some.EqualTo("container  state_dict"));
        Assert.That(result.OutLines, Has.Some.EqualTo("names      torchvision, after the prefix 'module.'"));
        Assert.That(result.OutLines, Has.Some.StartsWith("network    an unnamed ResNet of 1, 2, 1, 1 blocks, ResidualUnit"));
        Assert.That(result.OutLines, Has.Some.EqualTo("head       module.fc.1, 16 features to 5 classes"));
        Assert.That(result.OutLines, Has.Some.EqualTo("left out   n_averaged"));
        Assert.That(result.Out, Does.Contain("\n\nResNet(\n  (conv1): Conv2d(3, 64"));
    }

    [Test]
    public void SummaryOfAFileIsThatOfItsNetwork()
    {
        CliResult result = Run("summary", Weights, "--depth", "1");
        Assert.That(result.OutLines, Has.Some.EqualTo("head       linear, 64 features to 10 classes"));
        Assert.That(result.Out, Does.EndWith(ModelSummary.Create(TinyData.Network(), [1, 3, 32, 32], 1) + "\n"));
        AssertFails(Run("summary", Weights, "--num-classes", "3"), 2, "--num-classes needs a network's name");
        AssertFails(Run("show", "missing.pth"), 1, "there is no file 'missing.pth'");
    }

    [Test]
    public void ANetworkWithoutAHeadEmbedsButDoesNotClassify()
    {
        string file = Folder["body.safetensors"];
        ResNetCheckpoint.Save(file, Headless());
        foreach (string[] command in new string[][] { ["classify", Picture], ["evaluate", Folder.Path], ["explain", Picture, "--output", Folder["heat.png"]] })
            AssertFails(Run([.. command, "--weights", file]), 1, "body.safetensors' holds a network without a head", "embed, similar and finetune work without one");
        Assert.That(Run("embed", Picture, "--weights", file, "--output", Folder["v.npy"]).ExitCode, Is.Zero);
        Assert.That(Npy.Read(Folder["v.npy"]).Shape, Is.EqualTo(Shape.Create(1, 64)));
        Assert.That(Run("show", file).OutLines, Has.Some.EqualTo("head       none: it computes 64 features, but no classes"));
    }

    [Test]
    public void ANetworkWithoutAHeadIsFineTuned()
    {
        string file = Folder["body.safetensors"], data = ColoredImages.Write(Folder, "data", perClass: 10);
        ResNetCheckpoint.Save(file, Headless());
        Assert.That(Run("finetune", data, "--weights", file, "--output", Folder["tuned.safetensors"]).Error, Does.Not.Contain("error"));
        Assert.That(ResNetCheckpoint.Load(Folder["tuned.safetensors"]).ClassNames, Is.EqualTo(ColoredImages.ClassNames));
    }

    [Test]
    public void NameRulesMapNames()
    {
        string file = Folder.Write("odd.pth", ForeignFile.Torch(ForeignFile.Tensors(TinyData.Network(), name => "odd/" + name)));
        AssertFails(Run("classify", Picture, "--weights", file), 1, "odd.pth", "not a ResNet's");
        string rules = Folder.Write("rules.txt", "# mine\nodd/* -> *\n"u8.ToArray());
        Assert.That(Run("classify", Picture, "--weights", file, "--names", rules).Out, Is.EqualTo(Run("classify", Picture, "--weights", Weights).Out));
        Assert.That(Run("convert", file, Folder["even.safetensors"], "--names", rules).ExitCode, Is.Zero);
        AssertFails(Run("classify", Picture, "--names", rules), 2, "--names needs --weights");
        AssertFails(Run("classify", Picture, "--weights", file, "--names", Folder.Write("bad.txt", "x"u8.ToArray())), 1, "Name rules '", "'line 1' is 'x'");
    }

    [Test]
    public void AMatchByOrderAndShapeIsSaid()
    {
        string file = Folder.Write("odd.pth", ForeignFile.Torch(ForeignFile.Tensors(ResNet.Create("cifar_resnet20"), name => "x" + name)));
        CliResult result = Run("classify", Picture, "--weights", file);
        Assert.That(result.ExitCode, Is.Zero);
        Assert.That(result.ErrorLines.Single(), Does.StartWith("warning: ").And.Contains("matched by order and shape, which only cifar_resnet20 has"));
        Assert.That(Run("classify", Picture, "--weights", file, "--quiet").Error, Is.Empty);
    }

    [Test]
    public void AMovingAverageIsReadOnRequest()
    {
        string file = Folder.Write("both.pth", ForeignFile.Torch(
            [("model", ForeignFile.Tensors(ForeignFile.Network())), ("model_ema", ForeignFile.Tensors(TinyData.Network()))]));
        Assert.That(Run("classify", Picture, "--weights", file, "--ema", "--quiet").Out, Is.EqualTo(Run("classify", Picture, "--weights", Weights).Out));
        Assert.That(Run("show", file, "--ema").OutLines, Has.Some.EqualTo("container  model_ema"));
        AssertFails(Run("classify", Picture, "--weights", Weights, "--ema"), 1, "has no moving average of the weights");
        AssertFails(Run("classify", Picture, "--ema"), 2, "--ema needs --weights");
        AssertFails(Run("show", "resnet18", "--ema"), 2, "--names and --ema need a checkpoint");
    }

    [Test]
    public void AnOnnxNetworkHasNoMovingAverage()
    {
        Assert.That(Run("convert", Weights, Folder["a.onnx"]).ExitCode, Is.Zero);
        AssertFails(Run("classify", Picture, "--weights", Folder["a.onnx"], "--ema"), 1, "a.onnx': holds its own graph", "no moving average");
    }

    [Test]
    public void AFileThatDoesNotExistMayBeANetworksName()
    {
        AssertFails(Run("classify", Picture, "--weights", "resnet18"), 1, "there is no file 'resnet18'; did you mean torchvision:resnet18, which 'resnet pull torchvision:resnet18' fetches?");
        AssertFails(Run("classify", Picture, "--weights", "timm/resnet50.a1_in1k"), 1, "did you mean hf:timm/resnet50.a1_in1k");
        AssertFails(Run("classify", Picture, "--weights", "resnet50d"), 1, "there is no file 'resnet50d'; 'resnet50d' names a network without weights");
        foreach (string path in (string[])["nets/a.pth", "nothing", "/a/b", "a/b/c"])
            Assert.That(Run("classify", Picture, "--weights", path).Error, Is.EqualTo($"error: there is no file '{path}'\n"));
    }

    [Test]
    [Platform("Linux")]
    public void APipeThatAShellOpenedIsReadOnce()
    {
        using System.IO.Pipes.AnonymousPipeServerStream pipe = new(System.IO.Pipes.PipeDirection.Out);
        byte[] file = File.ReadAllBytes(Weights);
        using Task writing = Task.Run(() =>
        {
            pipe.Write(file);
            pipe.Dispose();
        });
        string path = "/dev/fd/" + pipe.GetClientHandleAsString(), direct = Run("classify", Picture, "--weights", Weights).Out;
        CliResult result;
        using (FileStream reader = new(path, FileMode.Open, FileAccess.Read))
        {
            string own = FormattableString.Invariant($"/dev/fd/{reader.SafeFileHandle.DangerousGetHandle()}");
            pipe.DisposeLocalCopyOfClientHandle();
            result = Run("classify", Picture, "--weights", own);
        }
        writing.Wait();
        Assert.That((result.Error, result.Out), Is.EqualTo(("", direct)));
    }

    [Test]
    [Platform("Linux")]
    public void ANamedPipeIsRefusedAndNotWaitedFor()
    {
        using (System.Diagnostics.Process make = System.Diagnostics.Process.Start("mkfifo", Folder["pipe"])) make.WaitForExit();
        AssertFails(Run("classify", Picture, "--weights", Folder["pipe"]), 1, "pipe': is a named pipe; expected a file, or a pipe that a shell opened");
        File.CreateSymbolicLink(Folder["link.onnx"], Folder["pipe"]);
        AssertFails(Run("classify", Picture, "--weights", Folder["link.onnx"]), 1, "is a named pipe");
        AssertFails(Run("classify", Picture, "--weights", Weights, "--classes", Folder["pipe"]), 1, "pipe' is a named pipe; expected a file");
        AssertFails(Run("classify", Picture, "--weights", Weights, "--names", Folder["pipe"]), 1, "pipe' is a named pipe; expected a file");
        AssertFails(Run("predict", "--input", Folder["pipe"], "--output", Folder["y.npy"], "--weights", Weights), 1, "pipe' is a named pipe; expected a file");
        AssertFails(Run("similar", Picture, "--index", Folder["pipe"], "--weights", Weights), 1, "pipe' is a named pipe; expected a file");
        AssertFails(Run("classify", Folder["pipe"], "--weights", Weights), 1, "pipe: it is a named pipe");
        AssertFails(Run("evaluate", Folder["pipe"], "--weights", Weights), 1, "pipe': is a pipe; expected a regular file");
        AssertFails(Run("evaluate", $"{Folder["pipe"]},{Folder["pipe"]}", "--weights", Weights), 1, "pipe' is a named pipe; expected a file");
    }

    [Test]
    [Platform("Linux")]
    public void ADeviceIsNamedByWhatItHolds() =>
        AssertFails(Run("show", "/dev/zero"), 1, "'/dev/zero': starts with '????????' (0000000000000000 hex); expected a torch checkpoint");

    [Test]
    [Platform(Exclude = "Win", Reason = "links need rights there")]
    public void ALinkIsNamedByWhereItLeads()
    {
        File.CreateSymbolicLink(Folder["link.pth"], Folder["gone.pth"]);
        AssertFails(Run("show", Folder["link.pth"]), 1, $"link.pth': is a link to '{Folder["gone.pth"]}', which does not exist");
        AssertFails(Run("classify", Picture, "--weights", Weights, "--classes", Folder["link.pth"]), 1, "which does not exist");
        File.CreateSymbolicLink(Folder["link.safetensors"], Weights);
        Assert.That(Run("show", Folder["link.safetensors"]).OutLines[0], Does.EndWith(FormattableString.Invariant($"link.safetensors, {new FileInfo(Weights).Length:N0} bytes")));
    }

    [Test]
    public void ClassNamesThatDoNotFitTheNetworkAreNotUsedWithAWarning()
    {
        Safetensors.Write(Folder["a.safetensors"], TinyData.Network().StateDict(), new Dictionary<string, string> { ["classes"] = "[\"cat\", \"dog\"]" });
        Assert.That(Run("classify", Picture, "--weights", Folder["a.safetensors"]).ErrorLines.Single(),
            Does.EndWith("a.safetensors': has 2 class names for 10 classes; they are not used"));
        Safetensors.Write(Folder["a.safetensors"], TinyData.Network().StateDict(), new Dictionary<string, string> { ["classes"] = "cat" });
        Assert.That(ResNetCheckpoint.Load(Folder["a.safetensors"]).ReadingNotes, Is.EqualTo(new[] { "its 'classes' are not a JSON array of class names; they are not used" }));
    }

    [Test]
    public void ShowTakesAFolderAndSaysHowPicturesArePrepared()
    {
        Assert.That(Run("convert", Weights, Folder["timm/"], "--form", "timm").ExitCode, Is.EqualTo(1)); // CIFAR's names are not timm's
        ResNetCheckpoint.Save(Folder["a.safetensors"], ResNet.Create("resnet18", numClasses: 2), half: true);
        string[] convert = ["convert", Folder["a.safetensors"], Folder["hf/"], "--half"];
        Assert.That(Run([.. convert, "--crop-pct", "0.95", "--interpolation", "bicubic", "--size", "64"]).ExitCode, Is.Zero);
        Assert.That(Run("show", Folder["a.safetensors"]).Out,
            Does.Contain("pictures   resized to 256, bilinear, center crop of 224 x 224, mean 0.485 0.456 0.406, std 0.229 0.224 0.225, as usual\n"));
        foreach (string command in (string[])["show", "summary"])
        {
            Assert.That(Run(command, Folder["hf"]).Out, Does.Contain("names      transformers, after the prefix 'resnet.'\n")
                .And.Contain("classes    without names; --classes gives them\n")
                .And.Contain("pictures   resized to 67, bicubic, center crop of 64 x 64, mean 0.485 0.456 0.406, std 0.229 0.224 0.225\n"));
        }
    }

    [Test]
    public void ClassesAreReadFromJsonAndImageNetsAreKnown()
    {
        string names = Folder.Write("classes.json", Encoding.UTF8.GetBytes($"[{string.Join(',', Enumerable.Range(0, 10).Select(i => $"\"kind {i}\""))}]"));
        Assert.That(Run("classify", Picture, "--weights", Weights, "--classes", names).Out, Does.Contain("  kind "));
        AssertFails(Run("classify", Picture, "--weights", Weights, "--classes", "imagenet"), 1, "'imagenet' has 1000 names; the model has 10 classes");
        string large = TinyData.SaveNetwork(Folder, "large.safetensors", numClasses: 1000);
        Assert.That(Run("classify", Picture, "--weights", large, "--classes", "imagenet", "--top", "1000").Out, Does.Contain(" 207  golden retriever"));
    }

    private static ResNet Headless()
    {
        ResNet headless = new ResNet(TinyData.Network().Config with { NumClasses = 0 }).Eval();
        headless.LoadStateDict(TinyData.Network().StateDict(), strict: false);
        return headless;
    }
}
