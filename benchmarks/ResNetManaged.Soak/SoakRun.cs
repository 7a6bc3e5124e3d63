using System.Diagnostics;
using System.Net;

namespace ResNetManaged.Soak;

/// <summary>The parameters of a soak.</summary>
internal sealed record SoakPlan(TimeSpan Duration, int Clients, int Queue, int Seed, string? Weights);

/// <summary>Measures the server unloaded and under load, then stops it under load.</summary>
internal sealed class SoakRun(SoakPlan plan)
{
    private const int UnloadedRequests = 200;
    private const double WarmUpShare = 0.25; // meanwhile pools fill, tiered compilation runs, and the garbage collector adapts
    private const double WindowShare = 0.2; // the share of the remaining samples in each of the two compared windows, first and last
    private const double GrowthAllowed = 1.15; // exceeds the difference between windows of a flat run
    private const double SlackMiB = 16; // one body of the largest size, which only one of the windows may contain
    private const int ThreadsAllowed = 2; // the thread pool adds and removes some as it adapts

    private readonly List<string> _failures = [];

    public async Task<bool> RunAsync()
    {
        Pictures pictures = Pictures.Create(Path.Combine(FindRoot(), "samples", "pictures", "ship.jpg"), plan.Seed);
        string[] weights = plan.Weights is null ? [] : ["--weights", plan.Weights];
        using ServerProcess server = await ServerProcess.StartAsync(["--queue", $"{plan.Queue}", .. weights]);
        Console.WriteLine($"{plan.Clients} clients for {plan.Duration.TotalMinutes:0.##} minutes at {server.Address}, queue {plan.Queue}, seed {plan.Seed}");
        double unloaded = await MeasureUnloadedAsync(server, pictures);
        await LoadAsync(server, pictures, unloaded);
        await TerminateAsync(server, pictures);
        foreach (string failure in _failures) Console.WriteLine($"FAILED: {failure}");
        Console.WriteLine(_failures.Count == 0 ? "soak: passed" : $"soak: {_failures.Count} failed");
        return _failures.Count == 0;
    }

    /// <summary>Measures the latency of a single client, in milliseconds.</summary>
    private async Task<double> MeasureUnloadedAsync(ServerProcess server, Pictures pictures)
    {
        using Client client = new(server.Address, pictures, new Outcomes(), plan.Seed);
        List<double> latencies = [];
        for (int i = 0; i < 2 * UnloadedRequests; i++)
        {
            long start = Stopwatch.GetTimestamp();
            if (await client.SendGoodAsync() != HttpStatusCode.OK) _failures.Add("the idle server did not answer a good picture with 200");
            if (i >= UnloadedRequests) latencies.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds); // the first half warms up
        }
        Console.WriteLine($"unloaded: p50 {Quantile(latencies, 0.5):F2} ms, p99 {Quantile(latencies, 0.99):F2} ms");
        return Quantile(latencies, 0.5);
    }

    private async Task LoadAsync(ServerProcess server, Pictures pictures, double unloaded)
    {
        Outcomes outcomes = new();
        using CancellationTokenSource stop = new(plan.Duration);
        long start = Stopwatch.GetTimestamp();
        Task[] clients = [.. Enumerable.Range(1, plan.Clients).Select(async i =>
        {
            using Client client = new(server.Address, pictures, outcomes, plan.Seed + i);
            await client.RunAsync(stop.Token);
        })];
        List<Sample> samples = [];
        int mostInProgress = 0;
        while (!stop.IsCancellationRequested)
        {
            await Task.Delay(500);
            Sample sample = await server.SampleAsync();
            mostInProgress = Math.Max(mostInProgress, sample.InProgress);
            if (Stopwatch.GetElapsedTime(start) > WarmUpShare * plan.Duration) samples.Add(sample);
        }
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        await Task.WhenAll(clients);

        foreach (((Behavior behavior, string answer), int count) in outcomes.Answers.OrderBy(entry => entry.Key)) Console.WriteLine($"  {behavior,-14} {answer,-8} {count,8}");
        foreach ((string failure, int count) in outcomes.Failures) _failures.Add($"{failure}, {count} times");
        double p99 = Quantile(outcomes.Latencies, 0.99), bound = 3 * unloaded * plan.Queue;
        Console.WriteLine($"loaded: p50 {Quantile(outcomes.Latencies, 0.5):F1} ms, p99 {p99:F1} ms, maximum {outcomes.Latencies.Max():F1} ms, "
            + $"{outcomes.Latencies.Count / seconds:F0} good pictures/s, at most {mostInProgress} seen in progress");
        Check(p99 <= bound, $"p99 of {p99:F1} ms is above 3 x the unloaded latency x the queue's bound, {bound:F1} ms");
        int window = Math.Max(1, (int)(WindowShare * samples.Count));
        List<Sample> first = samples[..window], last = samples[^window..];
        CheckFlat("resident memory", first.Average(sample => sample.ResidentMemory), last.Average(sample => sample.ResidentMemory));
        CheckFlat("managed heap", first.Average(sample => sample.Heap), last.Average(sample => sample.Heap));
        int threadsBefore = first.Max(sample => sample.Threads), threadsAfter = last.Max(sample => sample.Threads);
        Console.WriteLine($"threads: {threadsBefore} after warm-up, {threadsAfter} at the end");
        Check(threadsAfter <= threadsBefore + ThreadsAllowed, $"threads grew from {threadsBefore} to {threadsAfter}");
    }

    /// <summary>Sends SIGTERM while all clients send good pictures; they must have received an answer to every picture the server accepted.</summary>
    private async Task TerminateAsync(ServerProcess server, Pictures pictures)
    {
        long before = 0;
        for (Sample sample = await server.SampleAsync(); ; sample = await server.SampleAsync())
        {
            before = sample.Accepted;
            if (sample.InProgress == 0) break;
            await Task.Delay(100);
        }
        long answered = 0, refused = 0, other = 0;
        Task[] clients = [.. Enumerable.Range(1, plan.Clients).Select(async i =>
        {
            using Client client = new(server.Address, pictures, new Outcomes(), plan.Seed + i);
            while (await client.SendGoodAsync() is HttpStatusCode status) // ends when the connection is lost
                Interlocked.Increment(ref status == HttpStatusCode.OK ? ref answered : ref status == HttpStatusCode.ServiceUnavailable ? ref refused : ref other);
        })];
        await Task.Delay(2000);
        long start = Stopwatch.GetTimestamp();
        (long accepted, int exitCode) = await server.TerminateAsync();
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        await Task.WhenAll(clients);
        Console.WriteLine($"SIGTERM under load: {accepted - before} accepted, {answered} answered, {refused} refused with 503, ended after {seconds:F2} s with {exitCode}");
        Check(accepted - before == answered, $"of {accepted - before} accepted requests, {answered} were answered");
        Check(other == 0, $"{other} good pictures got other answers while the server stopped");
        Check(exitCode == 0, $"the server ended with {exitCode}");
    }

    private void CheckFlat(string what, double before, double after)
    {
        Console.WriteLine($"{what}: {before:F1} MiB after warm-up, {after:F1} MiB at the end");
        Check(after <= before * GrowthAllowed + SlackMiB, $"{what} grew from {before:F1} to {after:F1} MiB");
    }

    private void Check(bool holds, string failure)
    {
        if (!holds) _failures.Add(failure);
    }

    private static double Quantile(IEnumerable<double> values, double share)
    {
        double[] sorted = [.. values.Order()];
        return sorted[(int)Math.Ceiling(share * sorted.Length) - 1];
    }

    private static string FindRoot()
    {
        string folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "ResNetManaged.sln"))) folder = Directory.GetParent(folder)!.FullName;
        return folder;
    }
}
