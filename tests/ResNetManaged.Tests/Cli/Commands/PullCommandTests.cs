using System.Diagnostics;
using System.Text.Json;
using NUnit.Framework;
using ResNetManaged.Tests.Pretrained;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Cli.Commands;

/// <summary>The command <c>pull</c> and names after <c>--weights</c>, in processes with their own environment.</summary>
public sealed class PullCommandTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private TemporaryFolder _folder = null!;
    private HubServer _server = null!;
    private byte[] _weights = [];

    private string Address => new Uri(_server.Address, "/tiny.safetensors").AbsoluteUri;

    [SetUp]
    public async Task Start()
    {
        _folder = new TemporaryFolder();
        _server = await HubServer.StartAsync();
        _weights = File.ReadAllBytes(TinyData.SaveNetwork(_folder));
        _server.Add("/tiny.safetensors", _weights);
        _server.Repository["model.safetensors"] = _weights;
        _server.Repository["config.json"] = "{}"u8.ToArray();
        _folder.Write("image.bmp", TinyData.Bmp());
    }

    [TearDown]
    public async Task Stop()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Test]
    public void PullPrintsOneJsonObjectAndOtherCommandsThenTakeTheName()
    {
        JsonElement line = Run("pull", "hf:owner/repo", "--json").Json().Single();
        Assert.That(CliResult.FieldsOf(line), Is.EqualTo(new[] { "name", "path", "bytes", "sha256", "license" }));
        Assert.That(line.GetProperty("name").GetString(), Is.EqualTo("hf:owner/repo@main"));
        Assert.That(line.GetProperty("bytes").GetInt64(), Is.EqualTo(_weights.Length + 2));
        Assert.That(File.ReadAllBytes(Path.Combine(line.GetProperty("path").GetString()!, "model.safetensors")), Is.EqualTo(_weights));
        Assert.That(line.GetProperty("license").GetString(), Is.EqualTo("apache-2.0"));

        int requests = _server.Requests.Count;
        string[] image = ["classify", _folder["image.bmp"], "--json", "--weights"];
        Assert.That(Run([.. image, "hf:owner/repo"]).Json(), Has.Length.EqualTo(1));
        Assert.That(Run("convert", "hf:owner/repo", _folder["copy.safetensors"]).ExitCode, Is.Zero);
        Assert.That(Run("benchmark", "cifar_resnet20", "--weights", "hf:owner/other", "--json").Error, Does.Contain("resnet pull hf:owner/other"));
        Assert.That(_server.Requests, Has.Count.EqualTo(requests), "only pull uses the network");
    }

    [Test]
    public void PullPrintsPathHashAndLicense()
    {
        CliResult result = Run("pull", Address, "--to", _folder["to"], "--sha256", Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(_weights)));
        Assert.That((result.ExitCode, result.Error), Is.EqualTo((0, "")));
        Assert.That(result.OutLines, Has.Length.EqualTo(5));
        Assert.That(result.Out, Does.Contain(Path.Combine(_folder["to"], "tiny.safetensors")).And.Contain("license  not stated"));
    }

    [Test]
    public void ANameThatWasNotPulledIsAnErrorThatNamesTheCommand()
    {
        CliResult result = Run("classify", _folder["image.bmp"], "--weights", "torchvision:resnet18");
        Assert.That((result.ExitCode, result.Out), Is.EqualTo((1, "")));
        Assert.That(result.Error, Is.EqualTo("error: 'torchvision:resnet18' is not on this machine; fetch it once with: resnet pull torchvision:resnet18\n"));
        Assert.That(_server.Requests, Is.Empty);
    }

    [TestCase("resnet18", "resnet18-f37072fd.pth", "resized to 256, bilinear, center crop of 224 x 224")]
    [TestCase("resnet50", "resnet50-11ad3fa6.pth", "resized to 232, bilinear, center crop of 224 x 224")]
    [TestCase("resnet50:IMAGENET1K_V1", "resnet50-0676ba61.pth", "resized to 256, bilinear, center crop of 224 x 224")]
    public void TorchvisionsNetworksHaveTheirPreprocessingAndImageNetsNames(string name, string file, string pictures)
    {
        string cache = Path.Combine(_folder.Path, "RESNETMANAGED_CACHE", "torchvision");
        Directory.CreateDirectory(cache);
        File.Move(TinyData.SaveNetwork(_folder, "large.safetensors", numClasses: 1000), Path.Combine(cache, file));
        Assert.That(Run("show", "torchvision:" + name).Out, Does.Contain("\nclasses    tench, ").And.Contain("\npictures   " + pictures));
        CliResult result = Run("classify", _folder["image.bmp"], "--weights", "torchvision:" + name, "--top", "1000");
        Assert.That((result.ExitCode, result.Error), Is.EqualTo((0, "")));
        Assert.That(result.Out, Does.Contain(" 207  golden retriever"));
        Assert.That(_server.Requests, Is.Empty);
    }

    [TestCase(2, "did you mean 'torchvision:resnet18'?", "pull", "resnet18")]
    [TestCase(2, "did you mean 'torchvision:resnet18'?", "classify", "x.jpg", "--weights", "torchvision:Resnet18")]
    [TestCase(2, "is not a SHA-256", "pull", "torchvision:resnet18", "--sha256", "12")]
    [TestCase(2, "--to is empty", "pull", "torchvision:resnet18", "--to", "")]
    [TestCase(1, "there is no such file", "pull", "torchvision:resnet18")]
    public void MistakesAreOneLine(int exitCode, string mentioned, params string[] args)
    {
        File.WriteAllBytes(Path.Combine(_folder.Path, "x.jpg"), TinyData.Bmp());
        CliResult result = Run([.. args.Select(argument => argument == "x.jpg" ? _folder["x.jpg"] : argument)]);
        Assert.That(result.ExitCode, Is.EqualTo(exitCode), result.Error);
        Assert.That(result.ErrorLines, Has.Length.EqualTo(1));
        Assert.That(result.Error, Does.StartWith("error: ").And.Contain(mentioned));
    }

    [Test]
    [Platform(Include = "Linux,MacOsX")]
    public void AProcessThatIsKilledLeavesAPartThatTheNextOneContinues()
    {
        byte[] content = new byte[20_000_000];
        new Random(4).NextBytes(content);
        string address = _server.Add("/large.pth", content).AbsoluteUri;
        _server.Pause = TimeSpan.FromMilliseconds(4); // 5 s for the file
        Random random = new(7);
        for (int i = 0; i < 4; i++)
        {
            int before = _server.Bodies;
            using Process process = Start("pull", address, "--to", _folder["to"]);
            while (_server.Bodies == before && !process.HasExited) Thread.Sleep(10);
            Thread.Sleep(random.Next(1, 800));
            process.Kill();
            process.WaitForExit();
            Assert.That(File.Exists(_folder["to/large.pth"]), Is.False);
        }
        CliResult result = Run("pull", address, "--to", _folder["to"]);
        Assert.That(result.ExitCode, Is.Zero, result.Error);
        Assert.That(File.ReadAllBytes(_folder["to/large.pth"]), Is.EqualTo(content));
        Assert.That(Directory.GetFiles(_folder["to"]), Has.Length.EqualTo(1));
        Assert.That(_server.Requests.Last().Range, Is.Not.Empty);
    }

    [Test]
    public void TwoProcessesDownloadAFileOnce()
    {
        _server.Pause = TimeSpan.FromMilliseconds(200);
        using Process first = Start("pull", Address), second = Start("pull", Address);
        foreach (Process process in (Process[])[first, second])
        {
            Assert.That(process.WaitForExit(Patience), Is.True);
            Assert.That(process.ExitCode, Is.Zero, process.StandardError.ReadToEnd());
        }
        Assert.That(_server.Bodies, Is.EqualTo(1));
    }

    private CliResult Run(params string[] args)
    {
        using Process process = Start(args);
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        Assert.That(process.WaitForExit(Patience), Is.True);
        return new CliResult(process.ExitCode, output, error.Result.ReplaceLineEndings("\n"));
    }

    private Process Start(params string[] args)
    {
        ProcessStartInfo start = new("dotnet", ["exec", Path.Combine(TestContext.CurrentContext.TestDirectory, "resnet.dll"), .. args])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string name in (string[])["RESNETMANAGED_CACHE", "TORCH_HOME", "HF_HOME"]) start.Environment[name] = Path.Combine(_folder.Path, name);
        foreach (string name in (string[])["HF_ENDPOINT", "RESNETMANAGED_TORCHVISION"]) start.Environment[name] = _server.Address.AbsoluteUri;
        foreach (string name in (string[])["HF_TOKEN", "HF_HUB_CACHE"]) start.Environment.Remove(name);
        return Process.Start(start)!;
    }
}
