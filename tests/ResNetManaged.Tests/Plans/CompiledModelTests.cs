using System.Diagnostics;
using System.Runtime.CompilerServices;
using NUnit.Framework;
using ResNetManaged.Graphs.Operations;
using ResNetManaged.Layers;
using ResNetManaged.Models;
using ResNetManaged.Plans;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;
using ResNetManaged.Tests.Kernels.Threading;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Plans;

public sealed class CompiledModelTests
{
    private static readonly Shape Image = [1, 3, 32, 32];

    [Test]
    public void EveryStageIsDescribedAndEveryConvolutionHasAReason([Values("cifar_resnet20", "resnet18")] string name, [Values] Precision precision)
    {
        ResNet network = RandomNetwork.Create(name);
        InferencePlan plan = network.Compile(new ExecutionOptions { Precision = precision }).PlanFor([1, 3, 64, 64]);
        foreach (PlanStage stage in Enum.GetValues<PlanStage>()) Assert.That(plan.Describe(stage), Is.Not.Empty, $"{stage}");
        string[] algorithms = plan.Describe(PlanStage.Algorithms).Split('\n');
        foreach (string path in network.NamedModules().Where(entry => entry.Module is Conv2d).Select(entry => entry.Path))
        {
            foreach (PlanStage stage in new[] { PlanStage.Graph, PlanStage.Fused, PlanStage.Steps })
                Assert.That(plan.Describe(stage).Split('\n'), Has.Exactly(1).StartsWith($"{path}: "), $"{stage}");
            Assert.That(algorithms, Has.Exactly(1).Matches($"^{path.Replace(".", "\\.", StringComparison.Ordinal)}: .*(Direct|WinogradF2|WinogradF4|WinogradRows), \\w.*"));
        }
        Assert.That(plan.ToString(), Is.EqualTo(plan.Describe(PlanStage.Steps)));
        Assert.That(plan.Describe(PlanStage.Steps), Does.Not.Contain(": BatchNorm2d").And.Not.Contain(": ReLU").And.Not.EndWith(": reference"));
    }

    [Test]
    public void ACallAllocatesNothing([Values(1, 2)] int threads, [Values("cifar_resnet20", "resnet18", "resnext50_32x4d")] string name, [Values(1, 3)] int batch)
    {
        using TeamBudget budget = new(threads);
        Shape shape = [batch, 3, 32, 32]; // small, because in long calls, as without vectors, the test host allocates every time
        CompiledModel model = RandomNetwork.Create(name, mostBlocks: 1).Compile(new ExecutionOptions { Threads = threads });
        float[] input = Numbers.Random(shape.ElementCount, 1), output = new float[batch * 100];
        for (int i = 0; i < 5; i++) model.Run(input, shape, output);
        long caller = long.MaxValue, all = long.MaxValue; // the least of several attempts, because the test host allocates too
        for (int attempt = 0; attempt < 20 && all > 0; attempt++)
        {
            long everybody = GC.GetTotalAllocatedBytes(precise: true), mine = GC.GetAllocatedBytesForCurrentThread();
            model.Run(input, shape, output);
            caller = Math.Min(caller, GC.GetAllocatedBytesForCurrentThread() - mine);
            all = Math.Min(all, GC.GetTotalAllocatedBytes(precise: true) - everybody);
        }
        Assert.That(caller, Is.Zero, "on the caller's thread");
        Assert.That(all, Is.Zero, "on all threads");
    }

    [Test]
    public void ManyThreadsCanCallOneModel() => CallFromManyThreads(TimeSpan.FromSeconds(2));

    [Test]
    [Explicit("Takes a minute.")]
    [Category("Long")]
    public void ManyThreadsCanCallOneModelForAMinuteInConstantMemory() => CallFromManyThreads(TimeSpan.FromMinutes(1));

    [Test]
    public void WorkersDoNotKeepAModelAlive()
    {
        using TeamBudget budget = new(3);
        WeakReference program = RunAndForget();
        for (int i = 0; i < 20 && program.IsAlive; i++)
        {
            Thread.Sleep(5); // a worker may not have returned yet
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        Assert.That(program.IsAlive, Is.False);

        [MethodImpl(MethodImplOptions.NoInlining)]
        static WeakReference RunAndForget()
        {
            CompiledModel model = TinyData.Network().Compile(new ExecutionOptions { Threads = 3 });
            for (int i = 0; i < 3; i++) model.Run(Tensor.Ones(Image));
            return new WeakReference(model.PlanFor(Image).Program);
        }
    }

    [Test]
    public void ForwardUsesChangedStateAndACompiledModelDoesNot()
    {
        ResNet network = RandomNetwork.Create("cifar_resnet20", mostBlocks: 1);
        CompiledModel model = network.Compile().Warmup(Image);
        Tensor input = Tensor.Uniform(Image, new TorchGenerator(3)), compiled = model.Run(input), before = network.Forward(input);
        Close.AssertSameBits(compiled.ReadOnlySpan, before.ReadOnlySpan, "before");
        foreach ((string what, Action change) in new (string, Action)[]
        {
            ("a weight is written", () => network.NamedParameters().First().Parameter.Value.Span[0] += 1),
            ("a tensor is replaced", () => network.NamedParameters().Last().Parameter.Value = Tensor.Ones([100])),
            ("a running mean is written", () => network.NamedBuffers().First().Buffer.Value.Span[0] += 1),
            ("a state is loaded", () => network.LoadStateDict(RandomNetwork.Create("cifar_resnet20", mostBlocks: 1).StateDict())),
        })
        {
            change();
            Tensor after = network.Forward(input);
            Assert.That(after.MaxAbsoluteDifference(before), Is.GreaterThan(0), what);
            Close.AssertSameBits(after.ReadOnlySpan, network.Compile().Run(input).ReadOnlySpan, what);
            Close.AssertSameBits(model.Run(input).ReadOnlySpan, compiled.ReadOnlySpan, what);
            before = after;
        }
    }

    [Test]
    public void ForwardUsesTheModeOfEveryModule()
    {
        ResNet network = RandomNetwork.Create("cifar_resnet20", mostBlocks: 1);
        Tensor input = Tensor.Uniform([4, 3, 32, 32], new TorchGenerator(3)), before = network.Forward(input);
        Module norm = network.GetSubmodule("layer2.0.bn1");
        norm.Train(); // the network itself stays in evaluation mode
        Tensor changed = network.Forward(input);
        Assert.That(changed.MaxAbsoluteDifference(before), Is.GreaterThan(0), "batch statistics");
        Assert.That(((BatchNorm2d)norm).NumBatchesTracked!.Value.ToScalar(), Is.EqualTo(1), "tracked once");
        network.Train().Forward(input);
        Assert.That(((BatchNorm2d)norm).NumBatchesTracked!.Value.ToScalar(), Is.EqualTo(2));
    }

    [Test]
    public void FeaturesUseChangedState()
    {
        ResNet network = RandomNetwork.Create("cifar_resnet20", mostBlocks: 1);
        Tensor input = Tensor.Uniform(Image, new TorchGenerator(3)), before = network.ForwardFeatures(input);
        network.NamedParameters().First().Parameter.Value.Span.Fill(0.5f);
        Tensor after = network.ForwardFeatures(input);
        Assert.That(after.MaxAbsoluteDifference(before), Is.GreaterThan(0));
        Close.AssertSameBits(after.ReadOnlySpan, network.CompileFeatures().Run(input).ReadOnlySpan, "features");
    }

    [Test]
    public void CompilingInTrainingModeIsRejected()
    {
        Assert.That(() => ResNet.Create("cifar_resnet20").Compile(), Throws.InvalidOperationException.With.Message.EqualTo(
            "ResNet: it is in training mode; call Eval() before Compile()."));
        Assert.That(() => ResNet.Create("cifar_resnet20").CompileFeatures(), Throws.InvalidOperationException);
    }

    [Test]
    public void WrongShapesAreRejected()
    {
        CompiledModel model = TinyData.Network().Compile();
        Assert.That(() => model.Run(Tensor.Ones([1, 4, 32, 32])), Throws.TypeOf<ShapeMismatchException>().With.Message.StartsWith(
            "Conv2d 'conv1': input [1, 4, 32, 32] has 4 channels"));
        Assert.That(() => model.Run(new float[7], Image, new float[10]), Throws.TypeOf<ShapeMismatchException>().With.Message.EqualTo(
            "InferencePlan: input has 7 elements; shape [1, 3, 32, 32] has 3072."));
        Assert.That(() => model.Run(new float[3072], Image, new float[11]), Throws.TypeOf<ShapeMismatchException>().With.Message.EqualTo(
            "InferencePlan: output has 11 elements; shape [1, 10] has 10."));
        Assert.That(() => model.PlanFor(Image).Run(Tensor.Ones([2, 3, 32, 32])), Throws.TypeOf<ShapeMismatchException>().With.Message.EqualTo(
            "InferencePlan: input [2, 3, 32, 32] differs from the shape it was compiled for, [1, 3, 32, 32]."));
        Assert.That(() => model.PlanFor(Image).Profile(new float[3072], calls: 0), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void WeightsArePackedOnceForAllShapes()
    {
        CompiledModel model = TinyData.Network().Compile(new ExecutionOptions { Precision = Precision.Exact });
        model.Warmup(Image);
        long bytes = model.WeightBytes;
        for (int side = 20; side < 40; side++) model.Warmup([1, 3, side, side]); // more shapes than the model keeps plans for
        Assert.That(model.WeightBytes, Is.EqualTo(bytes));
        InferencePlan plan = model.PlanFor(Image);
        Assert.That(model.PlanFor(Image), Is.SameAs(plan));
    }

    [Test]
    public void AProfileHasEveryStep()
    {
        InferencePlan plan = TinyData.Network().Compile().PlanFor(Image);
        IReadOnlyList<StepProfile> steps = plan.Profile(new float[3072], calls: 3);
        Assert.That(steps, Has.Count.EqualTo(plan.Describe(PlanStage.Steps).Split('\n').Length));
        Assert.That(steps.Select(step => step.Milliseconds), Is.All.GreaterThanOrEqualTo(0));
        long multiplyAdds = TinyData.Network().Trace(Image).Nodes.Sum(node => node.Operation switch
        {
            Conv2dOperation conv => (long)node.Output.Shape.ElementCount * conv.Weight.Shape.Skip(1).Aggregate((a, b) => a * b),
            LinearOperation linear => (long)node.Output.Shape.ElementCount * linear.Weight.Shape[1],
            _ => 0,
        });
        Assert.That(steps.Sum(step => step.MultiplyAdds), Is.EqualTo(multiplyAdds));
    }

    private static void CallFromManyThreads(TimeSpan time)
    {
        using TeamBudget budget = new(4);
        CompiledModel model = RandomNetwork.Create("cifar_resnet20", mostBlocks: 1).Compile(new ExecutionOptions { Threads = 3 });
        Shape[] shapes = [Image, [2, 3, 20, 24]];
        float[][] inputs = Array.ConvertAll(shapes, shape => Numbers.Random(shape.ElementCount, 1));
        float[][] expected = [.. shapes.Select((shape, i) => model.Run(Tensor.FromSpan(inputs[i], shape)).ReadOnlySpan.ToArray())];
        string? failure = null;
        long calls = 0;
        Stopwatch watch = Stopwatch.StartNew();
        Thread[] threads = [.. Enumerable.Range(0, 16).Select(index => new Thread(() =>
        {
            try
            {
                int shape = index % 4 == 0 ? 1 : 0;
                float[] output = new float[expected[shape].Length];
                while (watch.Elapsed < time && failure is null)
                {
                    model.Run(inputs[shape], shapes[shape], output);
                    Interlocked.Increment(ref calls);
                    if (!output.AsSpan().SequenceEqual(expected[shape])) failure = $"thread {index} got a different result";
                }
            }
            catch (Exception exception)
            {
                failure = exception.ToString();
            }
        }))];
        foreach (Thread thread in threads) thread.Start();
        long early = 0;
        if (time > TimeSpan.FromSeconds(10))
        {
            Thread.Sleep(time / 4);
            early = GC.GetTotalMemory(forceFullCollection: true);
        }
        foreach (Thread thread in threads) thread.Join();
        Assert.That(failure, Is.Null);
        Assert.That(calls, Is.GreaterThan(16));
        // After a quarter of the time, sixteen concurrent calls have allocated all they need; a megabyte is less than another workspace for each.
        if (early > 0) Assert.That(GC.GetTotalMemory(forceFullCollection: true), Is.LessThan(early + (1 << 20)));
    }
}
