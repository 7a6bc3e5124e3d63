using System.Diagnostics.Metrics;
using System.Diagnostics.Tracing;
using NUnit.Framework;
using ResNetManaged.Graphs;
using ResNetManaged.Graphs.Operations;
using ResNetManaged.Plans;
using ResNetManaged.Plans.Diagnostics;
using ResNetManaged.Tensors;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Plans.Diagnostics;

/// <summary>The meter and the event source report calls, and a call allocates nothing with or without a listener.</summary>
[NonParallelizable]
public sealed class MonitoringTests
{
    private const int Calls = 3;
    private const int Batch = 2;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly ExecutionOptions OneThread = new() { Threads = 1 };

    private readonly float[] _input = new float[Batch * 3 * 32 * 32], _output = new float[Batch * 10];
    private readonly Shape _shape = [Batch, 3, 32, 32];

    [Test]
    public void TheMeterCountsCallsAndImagesAndTimesCalls()
    {
        Dictionary<string, double> counts = [];
        List<double> seconds = new(capacity: 1000); // must not grow while allocations are counted
        using MeterListener listener = new();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Name == InferenceMeter.Name) self.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => counts[instrument.Name] = value);
        listener.SetMeasurementEventCallback<double>((_, value, _, _) => seconds.Add(value));
        listener.Start();
        CompiledModel model = TinyData.Network().Compile(OneThread).Warmup(_shape);
        Assert.That(() => InferenceMeter.Start(), Is.Positive.After((int)Patience.TotalMilliseconds, 10)); // created in the background

        listener.RecordObservableInstruments();
        Dictionary<string, double> before = new(counts);
        seconds.Clear();
        Run(model);
        listener.RecordObservableInstruments();
        Assert.That(counts["resnetmanaged.inference.calls"] - before["resnetmanaged.inference.calls"], Is.EqualTo(Calls));
        Assert.That(counts["resnetmanaged.inference.images"] - before["resnetmanaged.inference.images"], Is.EqualTo(Calls * Batch));
        Assert.That(seconds, Has.Count.EqualTo(Calls).And.All.Positive);
        Assert.That(AllocatedBy(model), Is.Zero);
    }

    [Test]
    public void EventsReportPlansAndCalls()
    {
        using Events events = new();
        CompiledModel model = TinyData.Network().Compile(OneThread);
        InferencePlan plan = model.PlanFor(_shape);
        Run(model);
        Assert.That(events.Names, Is.EqualTo(new[]
        {
            "PlanCompiled", "CallStart", "CallStop", "CallStart", "CallStop", "CallStart", "CallStop",
        }));
        Assert.That(events.FirstPayload, Has.Length.EqualTo(3));
        Assert.That(events.FirstPayload[0], Is.EqualTo("[2, 3, 32, 32]"));
        Assert.That(events.FirstPayload[1], Is.EqualTo(plan.Describe(PlanStage.Steps).Split('\n').Length));
        Assert.That(events.FirstPayload[2], Is.Positive);
    }

    [Test]
    public void ARejectedCallRaisesNoEvent()
    {
        using Events events = new();
        InferencePlan plan = TinyData.Network().Compile(OneThread).PlanFor(_shape);
        Assert.That(() => plan.Run(_input.AsSpan(1), _output), Throws.TypeOf<ShapeMismatchException>());
        Assert.That(() => plan.Run(_input, _output.AsSpan(1)), Throws.TypeOf<ShapeMismatchException>());
        Assert.That(events.Names, Is.EqualTo(new[] { "PlanCompiled" }));
    }

    [Test]
    public void ACallWhoseStepThrowsRaisesTheStopEvent()
    {
        using Events events = new();
        CompiledModel model = new(shape => Graph.Trace(shape, input => input.Apply(new Failing())), OneThread, new Unchanged());
        Assert.That(() => model.Run(_input, _shape, _input), Throws.TypeOf<NotSupportedException>());
        Assert.That(events.Names, Is.EqualTo(new[] { "PlanCompiled", "CallStart", "CallStop" }));
    }

    [Test]
    public void TheEventSourceIsValid() => // reads the manifest as a listener would
        Assert.That(EventSource.GenerateManifest(typeof(InferenceEventSource), "ResNetManaged.dll", EventManifestOptions.Strict), Is.Not.Null);

    [Test]
    public void ACallWithoutAListenerAllocatesNothing() =>
        Assert.That(AllocatedBy(TinyData.Network().Compile(OneThread).Warmup(_shape)), Is.Zero);

    private void Run(CompiledModel model)
    {
        for (int i = 0; i < Calls; i++) model.Run(_input, _shape, _output);
    }

    private long AllocatedBy(CompiledModel model)
    {
        Run(model); // the first calls allocate memory that is kept
        long before = GC.GetAllocatedBytesForCurrentThread();
        Run(model);
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    /// <summary>An operation that cannot be computed.</summary>
    private sealed class Failing : Operation
    {
        public override string Name => "Failing";

        internal override Shape InferShape(NodeLabel label, ReadOnlySpan<Shape> inputs) => inputs[0];

        internal override void Execute(ReadOnlySpan<Tensor> inputs, Tensor output, ExecutionOptions options) => throw new NotSupportedException();

        internal override void Backward(ReadOnlySpan<Tensor> inputs, Tensor output, Tensor outputGradient, ReadOnlySpan<Tensor> inputGradients,
            ParameterGradients parameterGradients, ExecutionOptions options) => throw new NotSupportedException();
    }

    private sealed class Unchanged : ISourceState
    {
        public bool HasChanged => false;
    }

    /// <summary>Listens to the event source.</summary>
    private sealed class Events : EventListener
    {
        private readonly List<EventWrittenEventArgs> _events = [];

        public IEnumerable<string?> Names => _events.Select(written => written.EventName);

        public object?[] FirstPayload => [.. _events[0].Payload!];

        protected override void OnEventSourceCreated(EventSource eventSource)
        {
            if (eventSource.Name == "ResNetManaged") EnableEvents(eventSource, EventLevel.Informational);
        }

        protected override void OnEventWritten(EventWrittenEventArgs eventData) => _events.Add(eventData);
    }
}
