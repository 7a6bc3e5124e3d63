using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ResNetManaged.Soak;

/// <summary>What a client does.</summary>
internal enum Behavior
{
    Good,
    Truncated,
    NotAPicture,
    TooManyBytes,
    TooManyPixels,
    SlowSender,
    Stalls,
    Disconnects,
}

/// <summary>The outcomes of all clients' requests.</summary>
internal sealed class Outcomes
{
    /// <summary>The latencies of good pictures in milliseconds.</summary>
    public ConcurrentQueue<double> Latencies { get; } = [];

    /// <summary>How often each behavior got each answer.</summary>
    public ConcurrentDictionary<(Behavior Behavior, string Answer), int> Answers { get; } = [];

    /// <summary>Unexpected answers, with their counts.</summary>
    public ConcurrentDictionary<string, int> Failures { get; } = [];

    public void Add(Behavior behavior, string answer, bool expected)
    {
        Answers.AddOrUpdate((behavior, answer), 1, (_, count) => count + 1);
        if (!expected) Failures.AddOrUpdate($"{behavior}: {answer}", 1, (_, count) => count + 1);
    }
}

/// <summary>A client that sends requests one after another, each with a random behavior.</summary>
internal sealed class Client(Uri server, Pictures pictures, Outcomes outcomes, int seed) : IDisposable
{
    // In percent; most requests are good, as on any server.
    private static readonly (Behavior Behavior, int Share)[] Mix =
    [
        (Behavior.Good, 72), (Behavior.Truncated, 6), (Behavior.NotAPicture, 5), (Behavior.TooManyBytes, 1), (Behavior.TooManyPixels, 5),
        (Behavior.SlowSender, 2), (Behavior.Stalls, 1), (Behavior.Disconnects, 8),
    ];

    private static readonly TimeSpan StallsFor = TimeSpan.FromSeconds(8); // longer than the server's grace period for slow senders, 5 s

    private readonly Random _random = new(seed);
    private readonly HttpClient _http = new() { BaseAddress = server, Timeout = TimeSpan.FromSeconds(100) };

    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested) await ActAsync(Choose());
    }

    public void Dispose() => _http.Dispose();

    /// <summary>Sends a good picture.</summary>
    /// <returns>The response's status; null if the connection is lost.</returns>
    public async Task<HttpStatusCode?> SendGoodAsync()
    {
        try
        {
            using HttpResponseMessage response = await PostAsync(pictures.Good[_random.Next(pictures.Good.Count)]);
            await response.Content.ReadAsByteArrayAsync();
            return response.StatusCode;
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    private Behavior Choose()
    {
        int draw = _random.Next(Mix.Sum(entry => entry.Share));
        foreach ((Behavior behavior, int share) in Mix)
        {
            if (draw < share) return behavior;
            draw -= share;
        }
        throw new UnreachableException();
    }

    private async Task ActAsync(Behavior behavior)
    {
        try
        {
            switch (behavior)
            {
                case Behavior.Good:
                    long start = Stopwatch.GetTimestamp();
                    await ExpectAsync(behavior, pictures.Good[_random.Next(pictures.Good.Count)], HttpStatusCode.OK);
                    outcomes.Latencies.Enqueue(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
                    break;
                case Behavior.Truncated:
                    byte[] whole = pictures.Good[0];
                    await ExpectAsync(behavior, whole[..(whole.Length / 4 + _random.Next(whole.Length / 4))], HttpStatusCode.BadRequest);
                    break;
                case Behavior.NotAPicture:
                    await ExpectAsync(behavior, pictures.Text, HttpStatusCode.UnsupportedMediaType);
                    break;
                case Behavior.TooManyBytes:
                    await ExpectAsync(behavior, pictures.Oversized, HttpStatusCode.RequestEntityTooLarge);
                    break;
                case Behavior.TooManyPixels:
                    await ExpectAsync(behavior, pictures.Huge, HttpStatusCode.RequestEntityTooLarge);
                    break;
                case Behavior.SlowSender:
                    string answer = await SendSlowlyAsync(pictures.Good[0], pieces: 20, TimeSpan.FromMilliseconds(100), complete: true);
                    outcomes.Add(behavior, answer, answer == "200");
                    break;
                case Behavior.Stalls:
                    string refusal = await SendSlowlyAsync(pictures.Good[0], pieces: 1, StallsFor, complete: false);
                    outcomes.Add(behavior, refusal, refusal is "408" or "closed");
                    break;
                case Behavior.Disconnects:
                    await DisconnectAsync();
                    outcomes.Add(behavior, "left", expected: true);
                    break;
            }
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or SocketException or TaskCanceledException)
        {
            // A server may close the connection before a refused body is fully sent; any other lost connection is a failure.
            bool expected = behavior is Behavior.TooManyBytes or Behavior.Disconnects or Behavior.Stalls;
            outcomes.Add(behavior, expected ? "closed" : $"{exception.GetType().Name} {exception.Message}", expected);
        }
    }

    private async Task ExpectAsync(Behavior behavior, byte[] body, HttpStatusCode expected)
    {
        using HttpResponseMessage response = await PostAsync(body);
        await response.Content.ReadAsByteArrayAsync();
        outcomes.Add(behavior, $"{(int)response.StatusCode}", response.StatusCode == expected);
    }

    private Task<HttpResponseMessage> PostAsync(byte[] body)
    {
        ByteArrayContent content = new(body);
        content.Headers.ContentType = new("application/octet-stream");
        return _http.PostAsync(new Uri("/api/classify", UriKind.Relative), content);
    }

    /// <summary>Sends a body in pieces with pauses.</summary>
    /// <returns>The status of the answer, or <c>closed</c>.</returns>
    private async Task<string> SendSlowlyAsync(byte[] body, int pieces, TimeSpan pause, bool complete)
    {
        using TcpClient connection = await ConnectAsync(body.Length);
        NetworkStream stream = connection.GetStream();
        int piece = (body.Length - 1) / pieces + 1;
        for (int start = 0; start < body.Length; start += piece)
        {
            await stream.WriteAsync(body.AsMemory(start, complete ? Math.Min(piece, body.Length - start) : 100));
            await Task.Delay(pause);
        }
        using StreamReader reader = new(stream, Encoding.ASCII);
        return (await reader.ReadLineAsync())?.Split(' ')[1] ?? "closed";
    }

    /// <summary>Disconnects in the middle of the body, or right after it.</summary>
    private async Task DisconnectAsync()
    {
        byte[] body = pictures.Good[0];
        using TcpClient connection = await ConnectAsync(body.Length);
        connection.LingerState = new LingerOption(true, 0); // a reset, as from a killed program
        await connection.GetStream().WriteAsync(body.AsMemory(0, _random.Next(2) == 0 ? body.Length : _random.Next(body.Length)));
        await Task.Delay(_random.Next(20));
    }

    private async Task<TcpClient> ConnectAsync(int length)
    {
        TcpClient connection = new();
        await connection.ConnectAsync(server.Host, server.Port);
        string head = $"POST /api/classify HTTP/1.1\r\nHost: {server.Authority}\r\nContent-Type: image/jpeg\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n";
        await connection.GetStream().WriteAsync(Encoding.ASCII.GetBytes(head));
        return connection;
    }
}
