using NUnit.Framework;
using ResNetManaged.Datasets.Batches;
using ResNetManaged.Models;
using ResNetManaged.Tensors;
using ResNetManaged.Tests.Support;
using ResNetManaged.Training;
using ResNetManaged.Training.Losses;
using ResNetManaged.Training.Optimizers;
using ResNetManaged.Training.Runs;
using ResNetManaged.Training.Schedules;

namespace ResNetManaged.Tests.Training.Runs;

public sealed class TrainerStepTests
{
    private const int Parts = 6, PerPart = 4;

    private static readonly TrainerOptions Options = new() { BatchSize = Parts * PerPart, MicroBatches = Parts, ReducesInTree = true };

    /// <summary>The parts' gradients, each computed alone, and summed pair by pair: ((0 + 1) + (2 + 3)) + (4 + 5).</summary>
    [Test]
    public void AStepUsesTheTreeOfThePartsGradients()
    {
        TrainingBatch[] batches = Batches();
        ResNet model = SyntheticSamples.Network(), expected = SyntheticSamples.Network();
        TrainerStep step = new(model, [PerPart, 3, 8, 8], Options, ExecutionOptions.Default);
        foreach (TrainingBatch batch in batches) step.Add(batch);
        Assert.That(step.TryUpdate(new ScheduleValue(0.1)), Is.True);

        TrainingPlan plan = new(expected, [PerPart, 3, 8, 8], ExecutionOptions.Default);
        CrossEntropyLoss loss = new(0);
        Dictionary<Parameter, float[]>[] gradients = Array.ConvertAll(batches, batch =>
        {
            plan.Run(batch.Images, (logits, gradient) => loss.Compute(logits, 3, batch.Labels, gradient));
            return plan.Gradients.Parameters.ToDictionary(parameter => parameter, parameter => plan.Gradients[parameter].ToArray());
        });
        foreach (Parameter parameter in plan.Gradients.Parameters)
        {
            float[][] part = Array.ConvertAll(gradients, gradient => gradient[parameter]);
            for (int i = 0; i < part[0].Length; i++)
                plan.Gradients[parameter][i] = part[0][i] + part[1][i] + (part[2][i] + part[3][i]) + (part[4][i] + part[5][i]);
        }
        plan.Gradients.Scale(1.0 / Parts);
        Options.Optimizer(ParameterGroup.Of(expected, 0, false, null)).Step(plan.Gradients, new ScheduleValue(0.1));
        foreach (((string path, StateTensor actual), (_, StateTensor wanted)) in model.NamedState().Zip(expected.NamedState()))
            Close.AssertSameBits(actual.Value.ReadOnlySpan.ToArray(), wanted.Value.ReadOnlySpan, path); // parameters, and the running statistics in the parts' order
    }

    [Test]
    public void DiscardedPartsLeaveNothing()
    {
        TrainingBatch[] batches = Batches();
        TrainerStep step = new(SyntheticSamples.Network(), [PerPart, 3, 8, 8], Options, ExecutionOptions.Default), clean = new(SyntheticSamples.Network(), [PerPart, 3, 8, 8], Options, ExecutionOptions.Default);
        for (int i = 0; i < 3; i++) step.Add(batches[i]);
        step.Discard();
        foreach (TrainerStep each in (TrainerStep[])[step, clean])
        {
            foreach (TrainingBatch batch in batches) each.Add(batch);
            Assert.That(each.TryUpdate(new ScheduleValue(0.1)), Is.True);
        }
        Assert.That(step.Add(batches[0]).Loss, Is.EqualTo(clean.Add(batches[0]).Loss));
    }

    private static TrainingBatch[] Batches() =>
        [.. new BatchLoader(new SyntheticSamples(Parts * PerPart), new BatchLoaderOptions { BatchSize = PerPart, Seed = 3 }).Epoch(0, 0, CancellationToken.None)];
}
