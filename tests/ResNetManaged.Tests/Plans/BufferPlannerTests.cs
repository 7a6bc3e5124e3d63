using NUnit.Framework;
using ResNetManaged.Models;
using ResNetManaged.Plans;
using ResNetManaged.Plans.Lowering;

namespace ResNetManaged.Tests.Plans;

public sealed class BufferPlannerTests
{
    [Test]
    public void ValuesAliveAtTheSameTimeDoNotShareMemory(
        [ValueSource(typeof(ResNetVariants), nameof(ResNetVariants.WellKnown))] string name, [Values] bool fused, [Values(1, 3)] int batch)
    {
        ResNet network = ResNet.Create(name);
        network.Eval();
        int side = network.Config.InputSize;
        PlanPipeline plan = new(network.Trace([batch, 3, side, side]), Precision.Fast, fused ? PlanPipeline.AllPasses : []);
        List<PlanNode> nodes = plan.Plan.Nodes;
        PlanValue[] values = [.. nodes.Select(node => node.Output).Where(value => value.Operand.Place == Place.Arena)];
        Assert.That(values, Is.Not.Empty);
        foreach (PlanValue value in values)
        {
            Assert.That(value.Operand.Offset % 64, Is.Zero, "aligned to a cache line");
            Assert.That(value.Operand.Offset + value.Bytes, Is.LessThanOrEqualTo(plan.ArenaBytes));
        }
        for (int i = 0; i < nodes.Count; i++) // while a node runs, its inputs, its output and all values read later must be in memory
        {
            PlanValue[] alive = [.. values.Where(value => IsAlive(nodes, value, i))];
            foreach (PlanValue a in alive)
                foreach (PlanValue b in alive)
                {
                    bool overlap = a != b && a.Operand.Offset < b.Operand.Offset + b.Bytes && b.Operand.Offset < a.Operand.Offset + a.Bytes;
                    if (overlap && !(Overwrites(nodes, i, a, b) || Overwrites(nodes, i, b, a))) Assert.Fail($"{a} and {b} overlap while {nodes[i]} runs.");
                }
        }
        Assert.That(plan.ArenaBytes, Is.LessThan(values.Sum(value => value.Bytes) / 2), "memory is reused");
        Assert.That(plan.BufferCount, Is.Zero, "every operation of a network has its own step");
    }

    [TestCase("resnet50_gn")]
    [TestCase("resnetv2_50d_gn")]
    public void AGroupNormWritesOverAConvolutionThatOnlyItReads(string name)
    {
        ValuesAliveAtTheSameTimeDoNotShareMemory(name, fused: true, batch: 2);
        ResNet network = ResNet.Create(name);
        network.Eval();
        PlanPipeline plan = new(network.Trace([2, 3, 224, 224]), Precision.Fast, PlanPipeline.AllPasses);
        PlanNode[] candidates = [.. plan.Plan.Nodes.Where(node => node.Lowering is GroupNormLowering && node.Inputs[0].Layout.Equals(node.Output.Layout)
            && plan.Plan.Nodes.Count(other => other.Reads.Contains(node.Inputs[0])) == 1)];
        Assert.That(candidates, Is.Not.Empty);
        Assert.That(candidates.Where(node => node.Output.Operand.Offset != node.Inputs[0].Operand.Offset), Is.Empty);
    }

    /// <summary>Whether a node writes its output over an input that may be overwritten and that no later node reads.</summary>
    private static bool Overwrites(List<PlanNode> nodes, int running, PlanValue output, PlanValue input) =>
        nodes[running].Output == output && nodes[running].Lowering.RunsOver(nodes[running]) == input && output.Operand.Offset == input.Operand.Offset
        && !nodes.Skip(running + 1).Any(node => node.Reads.Contains(input));

    private static bool IsAlive(List<PlanNode> nodes, PlanValue value, int running)
    {
        int made = nodes.FindIndex(node => node.Output == value);
        return made == running || (made < running && nodes.Skip(running).Any(node => node.Reads.Contains(value)));
    }
}
