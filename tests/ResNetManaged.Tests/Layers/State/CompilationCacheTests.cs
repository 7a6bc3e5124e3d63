using NUnit.Framework;
using ResNetManaged.Graphs;
using ResNetManaged.Layers;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;

namespace ResNetManaged.Tests.Layers.State;

public sealed class CompilationCacheTests
{
    private const int Callers = 8;

    [Test]
    public void ConcurrentFirstCallsCompileOnce()
    {
        Traced module = new();
        module.Eval();
        Run(module, _ => new ExecutionOptions { Threads = 1 });
        Assert.That(module.Traces, Is.EqualTo(1));
    }

    [Test]
    public void ConcurrentFirstCallsWithDifferentOptionsAreAllCached()
    {
        Traced module = new();
        module.Eval();
        ExecutionOptions Of(int caller) => new() { Threads = 1, Precision = caller % 2 == 0 ? Precision.Exact : Precision.Fast };
        Run(module, Of);
        Run(module, Of);
        Assert.That(module.Traces, Is.EqualTo(2), "once per precision");
    }

    [Test]
    public void ChangingAParameterTriggersRecompilation()
    {
        Traced module = new();
        module.Eval();
        Tensor input = Tensor.Ones([1, 2, 3, 3]);
        module.Forward(input);
        module.Convolution.Bias!.Value = Tensor.Ones([2]);
        module.Forward(input);
        Assert.That(module.Traces, Is.EqualTo(2));
    }

    /// <summary>Calls a module from several threads at once.</summary>
    private static void Run(Traced module, Func<int, ExecutionOptions> options)
    {
        using Barrier start = new(Callers);
        Tensor input = Tensor.Ones([1, 2, 3, 3]);
        Thread[] threads = [.. Enumerable.Range(0, Callers).Select(caller => new Thread(() =>
        {
            start.SignalAndWait();
            module.Forward(input, options(caller));
        }))];
        foreach (Thread thread in threads) thread.Start();
        foreach (Thread thread in threads) thread.Join();
    }

    /// <summary>Counts its traces. Inspecting its many submodules takes the cache milliseconds, so that concurrent first calls overlap.</summary>
    private sealed class Traced : Module
    {
        private const int Doublings = 12;

        private int _traces;

        public int Traces => _traces;

        public Conv2d Convolution { get; }

        public Traced()
        {
            Convolution = Register("conv", new Conv2d(2, 2, 1, generator: new TorchGenerator(1)));
            Module large = new Linear(1, 1);
            for (int i = 0; i < Doublings; i++) large = new Sequential(large, large);
            Register("large", large);
        }

        protected override Value ForwardCore(Value input)
        {
            Interlocked.Increment(ref _traces);
            return Convolution.Forward(input);
        }
    }
}
