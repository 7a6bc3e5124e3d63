using NUnit.Framework;
using ResNetManaged.Imaging;
using ResNetManaged.Inference;
using ResNetManaged.Models;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests;

/// <summary>The README's sample is code that compiles, and its table of models is what the library has.</summary>
public sealed class ReadmeTests
{
    private static readonly string Readme = File.ReadAllText(Path.Combine(Repository.Root, "README.md"));

    [Test]
    public void TheSampleIsTheMethodBelow()
    {
        string source = File.ReadAllText(Path.Combine(Repository.Root, "tests", "ResNetManaged.Tests", "ReadmeTests.cs"));
        string[] body = Between(source, "    private static void Sample()\n    {\n", "    }\n").Split('\n');
        string sample = string.Join('\n', body.Select(line => line.Length > 8 ? line[8..] : ""));
        Assert.That(Between(Readme, "```csharp\n", "```"), Does.EndWith(sample));
    }

    [Test]
    public void EveryModelIsInTheTableWithItsCosts([ValueSource(typeof(ResNetVariants), nameof(ResNetVariants.Names))] string name)
    {
        ResNet model = ResNet.Create(name);
        ModelSummary summary = ModelSummary.Create(model, [1, 3, model.Config.InputSize, model.Config.InputSize]);
        Assert.That(Readme, Does.Contain(FormattableString.Invariant(
            $"| `{name}` | {summary.TotalParameters:N0} | {summary.MultiplyAdds:N0} |\n")));
    }

#pragma warning disable IDE0051 // compiled, not called: its files are the reader's
    private static void Sample()
    {
        ImageClassifier classifier = ImageClassifier.Load("resnet50.pth");    // which network it is follows from the file; nothing to dispose
        foreach (Prediction prediction in classifier.Classify("cat.jpg"))     // or a stream, bytes, raw pixels, a folder; from any thread
            Console.WriteLine($"{prediction.Probability:P1} class {prediction.Index}");
    }
#pragma warning restore IDE0051

    private static string Between(string text, string start, string end)
    {
        int from = text.IndexOf(start, StringComparison.Ordinal) + start.Length;
        return text[from..text.IndexOf(end, from, StringComparison.Ordinal)];
    }
}
