using System.Text.RegularExpressions;
using NUnit.Framework;
using ResNetManaged.Onnx.Operators.Evaluation;
using ResNetManaged.Onnx.Rewriting;
using ResNetManaged.Onnx.Tracing;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Onnx;

/// <summary>docs/onnx.md lists the operators.</summary>
public sealed partial class OnnxPageTests
{
    private static readonly string[] Own = [ImageParts.Blur, ImageParts.ChannelConv, ChannelShuffles.Operator, ImageParts.Shortcut];

    [Test]
    public void ItListsTheNativeOperators() => Assert.That(Listed("native"), Is.EqualTo(TracingRules.Names.Except(Own)));

    [Test]
    public void ItListsTheOthers() =>
        Assert.That(Listed("plain arithmetic"),
            Is.EqualTo(Evaluator.Names.Append("Constant").Order(StringComparer.Ordinal).Except(TracingRules.Names)));

    [Test]
    public void EveryNativeOperatorHasPlainArithmetic() => Assert.That(TracingRules.Names.Except(Own).Where(name =>
        !Evaluator.Knows(name)), Is.Empty);

    private static IEnumerable<string> Listed(string row)
    {
        string line = File.ReadLines(Path.Combine(Repository.Root, "docs", "onnx.md")).Single(line =>
            line.StartsWith($"| {row} |", StringComparison.Ordinal));
        return Code().Matches(line).Select(match => match.Groups[1].Value);
    }

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Code();
}
