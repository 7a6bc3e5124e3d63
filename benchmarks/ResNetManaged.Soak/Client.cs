using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ResNetManaged.Soak;

/// <summary>What clients do.</summary>
internal enum Behaviour
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

/// <summary>What came of all clients' requests.</summary>
internal sealed class Outcomes
{
    /// <summary>Milliseconds that good pictures took.</summary>
    public ConcurrentQueue<double> Latencies { get; } = [];

    /// <summary>How often which behaviour met which answer.</summary>
    public ConcurrentDictionary<(Behaviour Behaviour, string Answer), int> Answers { get; } = [];

    /// <summary>Answers that must not be.</summary>
    public ConcurrentDictionary<string, int> Failures { get; } = [];

    public void Add(Behaviour behaviour, string answer, bool expected)
    {
        Answers.AddOrUpdate((behaviour, answer), 1, (_, count) => count + 1);
        if (!expected) Failures.AddOrUpdate($"{behaviour}: {answer}", 1, (_, count) => count + 1);
    }
}

/// <summary>A client that sends one request after the other, of a random kind each.</summary>
internal sealed class Client(Uri server, Pictures pictures, Outcomes outcomes, int seed) : IDisposable
{
    // In percent. Most are good, as on any server.
    private static readonly (Behaviour Behaviour, int Share)[] Mix =
    [
        (Behaviour.Good, 72), (Behaviour.Truncated, 6), (Behaviour.NotAPicture, 5), (Behaviour.TooManyBytes, 1), (Behaviour.TooManyPixels, 5),
        (Behaviour.SlowSender, 2), (Behaviour.Stalls, 1), (Behaviour.Disconnects, 8),
    ];

    private static readonly TimeSpan StallsFor = TimeSpan.FromSeconds(8); // beyond the server's grace for slow senders, 5 s

    private readonly Random _random = new(seed);
    private readonly HttpClient _http = new() { BaseAddress = server, Timeout = TimeSpan.FromSeconds(100) };

    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested) await ActAsync(Choose());
    }

    public void Dispose() => _http.Dispose();

    /// <summary>Sends a good picture.</summary>
    /// <returns>The answer's status; null where there is no connection any more.</returns>
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

    private Behaviour Choose()
    {
        int draw = _random.Next(Mix.Sum(entry => entry.Share));
        foreach ((Behaviour behaviour, int share) in Mix)
        {
            if (draw < share) return behaviour;
            draw -= share;
        }
        throw new UnreachableException();
    }

    private async Task ActAsync(Behaviour behaviour)
    {
        try
        {
            switch (behaviour)
            {
                case Behaviour.Good:
                    long start = Stopwatch.GetTimestamp();
                    await ExpectAsync(behaviour, pictures.Good[_random.Next(pictures.Good.Count)], HttpStatusCode.OK);
                    outcomes.Latencies.Enqueue(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
                    break;
                case Behaviour.Truncated:
                    byte[] whole = pictures.Good[0];
                    await ExpectAsync(behaviour, whole[..(whole.Length / 4 + _random.Next(whole.Length / 4))], HttpStatusCode.BadRequest);
                    break;
                case Behaviour.NotAPicture:
                    await ExpectAsync(behaviour, pictures.Text, HttpStatusCode.UnsupportedMediaType);
                    break;
                case Behaviour.TooManyBytes:
                    await ExpectAsync(behaviour, pictures.Oversized, HttpStatusCode.RequestEntityTooLarge);
                    break;
                case Behaviour.TooManyPixels:
                    await ExpectAsync(behaviour, pictures.Huge, HttpStatusCode.RequestEntityTooLarge);
                    break;
                case Behaviour.SlowSender:
                    string answer = await SendSlowlyAsync(pictures.Good[0], pieces: 20, TimeSpan.FromMilliseconds(100), complete: true);
                    outcomes.Add(behaviour, answer, answer == "200");
                    break;
                case Behaviour.Stalls:
                    string refusal = await SendSlowlyAsync(pictures.Good[0], pieces: 1, StallsFor, complete: false);
                    outcomes.Add(behaviour, refusal, refusal is "408" or "closed");
                    break;
                case Behaviour.Disconnects:
                    await DisconnectAsync();
                    outcomes.Add(behaviour, "left", expected: true);
                    break;
            }
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or SocketException or TaskCanceledException)
        {
            // A server may close before all of a body that it refuses has been sent; every other lost connection is a failure.
            bool expected = behaviour is Behaviour.TooManyBytes or Behaviour.Disconnects or Behaviour.Stalls;
            outcomes.Add(behaviour, expected ? "closed" : $"{exception.GetType().Name} {exception.Message}", expected);
        }
    }

    private async Task ExpectAsync(Behaviour behaviour, byte[] body, HttpStatusCode expected)
    {
        using HttpResponseMessage response = await PostAsync(body);
        await response.Content.ReadAsByteArrayAsync();
        outcomes.Add(behaviour, $"{(int)response.StatusCode}", response.StatusCode == expected);
    }

    private Task<HttpResponseMessage> PostAsync(byte[] body)
    {
        ByteArrayContent content = new(body);
        content.Headers.ContentType = new("application/octet-stream");
        return _http.PostAsync(new Uri("/api/classify", UriKind.Relative), content);
    }

    /// <summary>Sends a body piece by piece with pauses.</summary>
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

    /// <summary>Leaves in the middle of the body, or right after it.</summary>
    private async Task DisconnectAsync()
    {
        byte[] body = pictures.Good[0];
        using TcpClient connection = await ConnectAsync(body.Length);
        connection.LingerState = new LingerOption(true, 0); // a reset, as of a program that was ended
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
