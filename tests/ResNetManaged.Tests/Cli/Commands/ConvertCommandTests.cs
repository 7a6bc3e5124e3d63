using NUnit.Framework;
using ResNetManaged.Datasets;
using ResNetManaged.Layers.State;
using ResNetManaged.Models;
using ResNetManaged.Serialization;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Cli.Commands;

public sealed class ConvertCommandTests : CliTest
{
    private string Output => Folder["out.safetensors"];

    [Test]
    public void ConvertingWritesTheSameNetwork()
    {
        ResNet network = TinyData.Network();
        network.ClassNames = CifarDataset.Labels;
        ResNetCheckpoint.Save(Folder["in.safetensors"], network);
        CliResult result = Run("convert", Folder["in.safetensors"], Output);
        Assert.That((result.ExitCode, result.Error), Is.EqualTo((0, "")));
        Assert.That(result.OutLines.Single(), Does.StartWith($"{Output}: ").And.EndWith($", {new FileInfo(Output).Length} bytes"));
        Assert.That(File.ReadAllBytes(Output), Is.EqualTo(File.ReadAllBytes(Folder["in.safetensors"])));
    }

    [Test]
    public void HalfPrecisionRoundsEachWeight()
    {
        Assert.That(Run("convert", Weights, Output, "--half").ExitCode, Is.Zero);
        StateDict before = ResNetCheckpoint.Load(Weights).StateDict(), after = ResNetCheckpoint.Load(Output).StateDict();
        foreach ((string name, ResNetManaged.Tensors.Tensor tensor) in before)
        {
            float[] rounded = [.. tensor.ReadOnlySpan.ToArray().Select(weight => (float)(Half)weight)];
            Assert.That(after[name].ReadOnlySpan.ToArray(), Is.EqualTo(rounded), name);
        }
        Assert.That(new FileInfo(Output).Length, Is.LessThan(0.7 * new FileInfo(Weights).Length));
    }

    [Test]
    public void BadCallsAreOneLineAndWriteNothing()
    {
        AssertFails(Run("convert", Weights), 2, "OUT");
        AssertFails(Run("convert", Folder["no.pth"], Output), 1, "there is no file");
        AssertFails(Run("convert", Folder.Write("text", [65, 66, 67]), Output), 1, "text", "expected a torch checkpoint");
        foreach (string name in (string[])["out", "out.pth", "out.SAFETENSOR"])
        {
            AssertFails(Run("convert", Weights, Folder[name]), 2, $"{name}': expected a name that ends in .safetensors or .onnx, or a folder");
            Assert.That(File.Exists(Folder[name]), Is.False);
        }
        AssertFails(Run("convert", Weights, Folder["none/out.safetensors"] + "/x"), 1, "there is no folder");
        ResNet network = TinyData.Network();
        network.Head.Bias!.Value.Span[0] = 1e6f;
        ResNetCheckpoint.Save(Folder["large.safetensors"], network);
        AssertFails(Run("convert", Folder["large.safetensors"], Output, "--half"), 1, "large.safetensors", "'linear.bias'", "65504");
        Assert.That(File.Exists(Output), Is.False);
        AssertFails(Run("convert", Weights, Folder["net.onnx"], "--half"), 2, "--half needs .safetensors or a folder as OUT", "ONNX is written in float32");
        Directory.CreateDirectory(Folder["pictures"]);
        AssertFails(Run("convert", Weights, Folder["pictures"]), 2, $"pictures' is a folder; write '{Folder["pictures"]}/' to put the network's files into it");
        Assert.That(Directory.GetFiles(Folder["pictures"]), Is.Empty);
    }

    /// <summary>The temporary file's name, which is longer, is not the user's.</summary>
    [Test]
    [Platform("Linux")]
    public void AnErrorOfWritingNamesTheUsersFile()
    {
        string output = Folder[new string('a', 230) + ".safetensors"];
        CliResult result = Run("convert", Weights, output);
        AssertFails(result, 1, $"cannot write '{output}': ", "too long");
        Assert.That(result.Error, Does.Not.Contain(".tmp"));
    }

    [Test]
    [Platform("Linux")]
    public void ANamedPipeAsOutputIsRefused()
    {
        using (System.Diagnostics.Process make = System.Diagnostics.Process.Start("mkfifo", Output)) make.WaitForExit();
        AssertFails(Run("convert", Weights, Output), 1, $"cannot write '{Output}': it is a named pipe; expected a file");
        Assert.That(new FileInfo(Output).Length, Is.Zero);
    }

    [Test]
    [Platform(Exclude = "Win", Reason = "links need rights there")]
    public void OfALinkAsOutputTheFileIsReplaced()
    {
        File.CreateSymbolicLink(Output, "real.safetensors");
        Assert.That(Run("convert", Weights, Output).OutLines.Single(), Does.EndWith($", {new FileInfo(Weights).Length} bytes"));
        Assert.That(new FileInfo(Output).LinkTarget, Is.EqualTo("real.safetensors"));
        Assert.That(new FileInfo(Folder["real.safetensors"]).Length, Is.EqualTo(new FileInfo(Weights).Length));
    }
}
