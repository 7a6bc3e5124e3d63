using System.Security.Cryptography;
using NUnit.Framework;
using ResNetManaged.Pretrained;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Pretrained;

/// <summary>A server, a temporary folder, and options that touch nothing else.</summary>
public abstract class PretrainedTest
{
    private TemporaryFolder _folder = null!;
    private HubServer _server = null!;

    private protected TemporaryFolder Folder => _folder;

    private protected HubServer Server => _server;

    private protected Dictionary<string, string> Variables { get; } = [];

    private protected List<string> Notices { get; } = [];

    [SetUp]
    public async Task Start()
    {
        _folder = new TemporaryFolder();
        _server = await HubServer.StartAsync();
        Variables.Clear();
        Variables["HOME"] = _folder["home/"];
        Variables["RESNETMANAGED_CACHE"] = _folder["cache/"];
        Variables["HF_ENDPOINT"] = Variables["RESNETMANAGED_TORCHVISION"] = _server.Address.AbsoluteUri;
        Notices.Clear();
    }

    [TearDown]
    public async Task Stop()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    private protected PretrainedOptions Options(
        string? folder = null, string? sha256 = null, int attempts = 3, double idleSeconds = 20, Func<string, long>? freeBytes = null) => new()
        {
            Folder = folder,
            Sha256 = sha256,
            Attempts = attempts,
            RetryDelay = TimeSpan.FromMilliseconds(1),
            IdleTimeout = TimeSpan.FromSeconds(idleSeconds),
            FreeBytes = freeBytes,
            Variable = name => Variables.GetValueOrDefault(name),
        };

    private protected Task<PretrainedNetwork> Fetch(object name, PretrainedOptions? options = null, CancellationToken cancellation = default) =>
        PretrainedNetworks.FetchAsync(name.ToString()!, options ?? Options(), new Recorder(this), cancellation);

    private protected PretrainedNetwork? Find(object name) => PretrainedNetworks.Find(name.ToString()!, Options());

    private protected async Task<PretrainedException> Fails(PretrainedFailure failure, object name, PretrainedOptions? options = null)
    {
        PretrainedException? exception = await Assert.ThrowsAsync<PretrainedException>(() => Fetch(name, options));
        Assert.That(exception!.Failure, Is.EqualTo(failure), exception.Message);
        Assert.That(exception.Message, Does.Not.Contain("\n"));
        return exception;
    }

    /// <summary>The names of all files in the temporary folder that are neither parts nor locks.</summary>
    private protected string[] FinalFiles() =>
        [.. AllFiles().Where(name => !name.EndsWith(".part", StringComparison.Ordinal) && !name.EndsWith(".part.state", StringComparison.Ordinal))];

    private protected string[] AllFiles() =>
        [.. Directory.GetFiles(_folder.Path, "*", SearchOption.AllDirectories).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];

    private protected static byte[] Noise(int length, int seed = 1)
    {
        byte[] content = new byte[length];
        new Random(seed).NextBytes(content);
        return content;
    }

    private protected static string Sha256(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));

    private sealed class Recorder(PretrainedTest test) : IProgress<PretrainedProgress>
    {
        public void Report(PretrainedProgress value)
        {
            Assert.That(value.Bytes, Is.AtMost(value.TotalBytes ?? long.MaxValue));
            if (value.Notice is not string notice) return;
            lock (test.Notices) test.Notices.Add(notice);
        }
    }
}
