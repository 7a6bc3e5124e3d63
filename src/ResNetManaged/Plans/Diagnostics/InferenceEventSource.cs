using System.Diagnostics.Tracing;

namespace ResNetManaged.Plans.Diagnostics;

/// <summary>The event source <c>ResNetManaged</c>, for tools such as dotnet-trace: plans compiled, calls started and stopped.</summary>
[EventSource(Name = "ResNetManaged")]
internal sealed class InferenceEventSource : EventSource
{
    public static readonly InferenceEventSource Log = new();

    private InferenceEventSource()
    {
    }

    /// <summary>A plan was compiled for an input shape.</summary>
    [Event(1, Level = EventLevel.Informational, Message = "Compiled for {0}: {1} steps, {2} ms")]
    public void PlanCompiled(string inputShape, int steps, double milliseconds) => WriteEvent(1, inputShape, steps, milliseconds);

    /// <summary>A call begins on this thread.</summary>
    [Event(2, Level = EventLevel.Informational)]
    public void CallStart(int images) => WriteEvent(2, images);

    /// <summary>The call has ended.</summary>
    [Event(3, Level = EventLevel.Informational)]
    public void CallStop() => WriteEvent(3);
}
