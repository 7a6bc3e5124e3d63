using NUnit.Framework;
using ResNetManaged.Graphs.Operations;
using ResNetManaged.Onnx.Writing;

namespace ResNetManaged.Tests.Onnx;

/// <summary>The set of operations is closed, so that each one has a counterpart in ONNX, or a reason to have none.</summary>
public sealed class OperationExportTests
{
    private static readonly Dictionary<string, string> WithoutCounterpart = [];

    [Test]
    public void EveryOperationCanBeWritten()
    {
        Type[] operations = [.. typeof(Operation).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(Operation)) && !type.IsAbstract)];
        Assert.That(operations, Is.Not.Empty);
        Assert.That(operations.Except(OperationExports.Known).Select(type => type.Name).Except(WithoutCounterpart.Keys), Is.Empty);
        Assert.That(WithoutCounterpart.Keys.Intersect(OperationExports.Known.Select(type => type.Name)), Is.Empty);
    }
}
