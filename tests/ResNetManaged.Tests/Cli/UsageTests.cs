using System.Xml.Linq;
using NUnit.Framework;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Cli;

public sealed class UsageTests : CliTest
{
    [TestCase("")]
    [TestCase("bogus")]
    [TestCase("models extra")]
    [TestCase("models --bogus")]
    [TestCase("models --threads 0")]
    [TestCase("models --threads x")]
    [TestCase("models --isa 1024")]
    [TestCase("summary")]
    [TestCase("summary resnet19")]
    [TestCase("summary resnet18.layer9")]
    [TestCase("summary resnet18 --depth -1")]
    [TestCase("summary resnet18 --depth")]
    [TestCase("summary resnet18 --depth 1 --depth 2")]
    [TestCase("summary resnet18 --num-classes 0")]
    [TestCase("summary resnet18 --input 1,3,x,224")]
    [TestCase("summary resnet18 --input 1,3,0,224")]
    [TestCase("summary resnet18 --input 3037000500,3037000500,3037000500,4")]
    [TestCase("summary resnet18 --input 2000000000,2000000000,2000000000,2000000000")]
    [TestCase("classify --weights w.pth")]
    [TestCase("classify")]
    [TestCase("classify a.jpg --model resnet18")]
    [TestCase("classify a.jpg --weights w.pth --model resnet19")]
    [TestCase("classify a.jpg --weights w.pth --top 0")]
    [TestCase("classify - - --weights w.pth")]
    [TestCase("classify a.jpg --weights w.pth --bogus")]
    [TestCase("demo --bogus")]
    [TestCase("convert in.pth")]
    [TestCase("show resnet18.")]
    [TestCase("evaluate")]
    [TestCase("evaluate data --weights w.pth --batch 0")]
    [TestCase("predict --input x.npy --weights w.pth")]
    [TestCase("predict --output y.npy --weights w.pth")]
    [TestCase("benchmark")]
    [TestCase("benchmark resnet18 --seconds NaN")]
    [TestCase("benchmark resnet18 --batch 1.5")]
    [TestCase("benchmark resnet18 --precision double")]
    [TestCase("info extra")]
    [TestCase("pull")]
    [TestCase("pull resnet18")]
    [TestCase("profile")]
    [TestCase("profile resnet18 --stage bogus")]
    [TestCase("profile resnet18 --stage steps --json")]
    [TestCase("profile resnet18 --stage steps --trace t.json")]
    [TestCase("profile resnet18 --calls 0")]
    [TestCase("corpus")]
    [TestCase("corpus plan")]
    [TestCase("corpus run emb --task 1/1")]
    public void WrongUsagePrintsOneLineAndExitsWithTwo(string commandLine)
    {
        CliResult result = Run(commandLine.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        AssertFails(result, 2);
        Assert.That(result.Out, Is.Empty);
    }

    [TestCase("")]
    [TestCase("models")]
    [TestCase("summary")]
    [TestCase("show")]
    [TestCase("classify")]
    [TestCase("evaluate")]
    [TestCase("predict")]
    [TestCase("convert")]
    [TestCase("benchmark")]
    [TestCase("profile")]
    [TestCase("info")]
    [TestCase("pull")]
    [TestCase("corpus")]
    [TestCase("corpus plan")]
    [TestCase("corpus run")]
    [TestCase("corpus status")]
    [TestCase("corpus verify")]
    public void HelpShowsAnExample(string command)
    {
        CliResult result = Run([.. command.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]);
        Assert.That(result.ExitCode, Is.Zero);
        Assert.That(result.Error, Is.Empty);
        Assert.That(result.Out, Does.Contain("Usage:").And.Contain("Examples:").And.Contain($"  resnet {command}"));
    }

    [Test]
    public void VersionIsThePackagesVersion()
    {
        CliResult result = Run("--version");
        Assert.That(result.ExitCode, Is.Zero);
        XDocument properties = XDocument.Load(Path.Combine(Repository.Root, "Directory.Build.props"));
        Assert.That(result.Out.TrimEnd(), Is.EqualTo(properties.Descendants("Version").Single().Value));
    }
}
