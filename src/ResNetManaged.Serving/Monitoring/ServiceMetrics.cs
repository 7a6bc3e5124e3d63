using System.Diagnostics;
using ResNetManaged.Serving.Batching;

namespace ResNetManaged.Serving.Monitoring;

/// <summary>The service's counters and histograms.</summary>
internal sealed class ServiceMetrics
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<(string Route, int Status), long> _requests = [];
    private readonly SortedDictionary<string, Histogram> _durations = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, Histogram> _batches = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, long> _rejected = new(StringComparer.Ordinal);
    private long _accepted;

    /// <summary>The number of pictures accepted into the queue.</summary>
    public long AcceptedTotal => Interlocked.Read(ref _accepted);

    public void Accepted() => Interlocked.Increment(ref _accepted);

    public void RequestDone(string route, int status, TimeSpan elapsed)
    {
        lock (_lock)
        {
            _requests[(route, status)] = _requests.GetValueOrDefault((route, status)) + 1;
            HistogramOf(_durations, route, [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]).Add(elapsed.TotalSeconds);
        }
    }

    public void BatchStarted(Lane lane, int size)
    {
        lock (_lock) HistogramOf(_batches, lane.Name, [1, 2, 4, 8, 16]).Add(size);
    }

    /// <summary>Counts a request refused for its size or for lack of capacity.</summary>
    public void Rejected(string reason)
    {
        lock (_lock) _rejected[reason] = _rejected.GetValueOrDefault(reason) + 1;
    }

    /// <summary>All metrics in Prometheus' text format.</summary>
    public string Render(Pipeline pipeline, BodyMemory bodies)
    {
        PrometheusText text = new();
        lock (_lock)
        {
            text.Metric("resnet_requests_total", "counter", "Requests by route and status; 499 if the client left before the response.");
            foreach (((string route, int status), long count) in _requests)
                text.Sample("resnet_requests_total", count, ("route", route), ("status", FormattableString.Invariant($"{status}")));
            text.Metric("resnet_request_duration_seconds", "histogram", "Time from a request's headers to the end of its response.");
            foreach ((string route, Histogram durations) in _durations) text.Samples("resnet_request_duration_seconds", durations, "route", route);
            text.Metric("resnet_batch_size", "histogram", "Pictures computed together.");
            foreach ((string lane, Histogram batches) in _batches) text.Samples("resnet_batch_size", batches, "task", lane);
            text.Metric("resnet_rejected_total", "counter", "Requests refused for their size or for lack of capacity, by reason.");
            foreach ((string reason, long count) in _rejected) text.Sample("resnet_rejected_total", count, ("reason", reason));
        }
        text.Single("resnet_accepted_total", "counter", "Pictures accepted into the queue.", AcceptedTotal);
        text.Single("resnet_queue_length", "gauge", "Pictures waiting to be decoded or computed.", pipeline.Waiting);
        text.Single("resnet_requests_in_progress", "gauge", "Pictures accepted into the queue and not yet answered.", pipeline.Admitted);
        text.Single("resnet_body_bytes", "gauge", "Memory held by request bodies.", bodies.Reserved);
        RenderProcess(text);
        return text.ToString();
    }

    /// <summary>The process metrics of Prometheus' client libraries, and the garbage collector's.</summary>
    private static void RenderProcess(PrometheusText text)
    {
        using Process process = Process.GetCurrentProcess();
        text.Single("process_resident_memory_bytes", "gauge", "Resident memory.", process.WorkingSet64);
        text.Single("process_cpu_seconds_total", "counter", "Processor time.", process.TotalProcessorTime.TotalSeconds);
        text.Single("process_num_threads", "gauge", "Threads in the process.", process.Threads.Count);
        text.Single("dotnet_gc_heap_bytes", "gauge", "Size of the managed heap.", GC.GetTotalMemory(forceFullCollection: false));
        text.Single("dotnet_gc_collections_total", "counter", "Garbage collections.", GC.CollectionCount(0));
    }

    private static Histogram HistogramOf(SortedDictionary<string, Histogram> histograms, string name, ReadOnlySpan<double> bounds)
    {
        if (!histograms.TryGetValue(name, out Histogram? histogram)) histograms.Add(name, histogram = new Histogram(bounds));
        return histogram;
    }
}
