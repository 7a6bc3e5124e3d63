using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using NUnit.Framework;
using ResNetManaged.Graphs.Operations;
using ResNetManaged.Graphs.Operations.Shapes;
using ResNetManaged.Onnx.Tracing;
using ResNetManaged.Plans.Lowering;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Plans;

/// <summary>Plans know operations only through their lowerings.</summary>
public sealed class LoweringTests
{
    /// <summary>The operations that plans run on tensors, and why.</summary>
    private static readonly Dictionary<Type, string> OnTensors = new()
    {
        [typeof(OnnxOperation)] = "the plain arithmetic of any operator of ONNX that has no operation",
        [typeof(TransposeOperation)] = "exporters write it in pairs, which cancel",
    };

    private static readonly Type[] Operations =
        [.. typeof(Operation).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(Operation)) && !type.IsAbstract)];

    [TestCaseSource(nameof(Operations))]
    public void EveryOperationHasALoweringOrAReasonForHavingNone(Type operation)
    {
        OperationLowering lowering = Lowerings.Of((Operation)RuntimeHelpers.GetUninitializedObject(operation));
        Assert.That(lowering == ReferenceLowering.Instance, Is.EqualTo(OnTensors.ContainsKey(operation)));
    }

    [Test]
    public void NoOperationIsNamedOutsideTheLowerings()
    {
        string plans = Path.Combine(Repository.Root, "src", "ResNetManaged", "Plans");
        string lowerings = Path.Combine(plans, "Lowering") + Path.DirectorySeparatorChar;
        Regex names = new($@"\b({string.Join('|', Operations.Select(type => type.Name))})\b");
        string[] others = [.. SourceTree.Files(plans).Where(file => !file.StartsWith(lowerings, StringComparison.Ordinal))];
        Assert.That(others, Is.Not.Empty);
        foreach (string file in others) Assert.That(names.Matches(File.ReadAllText(file)).Select(match => match.Value), Is.Empty, file);
    }
}
