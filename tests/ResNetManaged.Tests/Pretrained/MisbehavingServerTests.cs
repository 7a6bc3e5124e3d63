using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using NUnit.Framework;
using ResNetManaged.Pretrained;

namespace ResNetManaged.Tests.Pretrained;

/// <summary>Whatever a server answers, the result is the right file or a typed error, and nothing wrong gets the file's name.</summary>
public sealed class MisbehavingServerTests : PretrainedTest
{
    [Test]
    public async Task AWrongHashLeavesNothing()
    {
        Server.Add("/resnet18-f37072fd.pth", Noise(1000));
        PretrainedException exception = await Fails(PretrainedFailure.WrongHash, "torchvision:resnet18");
        Assert.That(exception.Message, Does.Contain("resnet18-f37072fd.pth").And.Contain(Sha256(Noise(1000))).And.Contain("f37072fd"));
        Assert.That(AllFiles(), Is.Empty);
    }

    [Test]
    public async Task AHashThatTheUserGaveIsChecked()
    {
        Uri address = Server.Add("/net.pth", Noise(1000));
        await Fails(PretrainedFailure.WrongHash, address, Options(sha256: new string('a', 64)));
        await Fails(PretrainedFailure.UnknownName, address, Options(sha256: "abc"));
        Assert.That(AllFiles(), Is.Empty);
        await Fetch(address, Options(sha256: Sha256(Noise(1000)).ToUpperInvariant()));
        await Fails(PretrainedFailure.WrongHash, address, Options(sha256: new string('a', 64)));
        Assert.That(Find(address), Is.Not.Null, "a file that is there stays");
    }

    [Test]
    public async Task AFileOfTheSameNameInAFolderIsReplacedOnlyByTheRightOne()
    {
        Uri address = Server.Add("/net.pth", Noise(1000));
        Folder.Write("to/net.pth", [1]);
        await Fails(PretrainedFailure.WrongHash, address, Options(Folder["to/"], new string('a', 64)));
        Assert.That(File.ReadAllBytes(Folder["to/net.pth"]), Is.EqualTo(new byte[] { 1 }));
        await Fetch(address, Options(Folder["to/"]));
        Assert.That(File.ReadAllBytes(Folder["to/net.pth"]), Is.EqualTo(Noise(1000)));
    }

    [TestCase(StatusCodes.Status500InternalServerError)]
    [TestCase(StatusCodes.Status503ServiceUnavailable)]
    [TestCase(StatusCodes.Status429TooManyRequests)]
    public async Task AFaultThatPassesIsTriedAgain(int status)
    {
        Uri address = Server.Add("/net.pth", Noise(1000));
        Server.Misbehave = context => Task.FromResult(Server.Bodies <= 2 && Answer(context, status));
        await Fetch(address);
        Assert.That(Server.Bodies, Is.EqualTo(3));
    }

    [TestCase(StatusCodes.Status500InternalServerError, 3, PretrainedFailure.Server)]
    [TestCase(StatusCodes.Status400BadRequest, 1, PretrainedFailure.Server)]
    [TestCase(StatusCodes.Status404NotFound, 1, PretrainedFailure.NotFound)]
    [TestCase(StatusCodes.Status401Unauthorized, 1, PretrainedFailure.AccessDenied)]
    [TestCase(StatusCodes.Status403Forbidden, 1, PretrainedFailure.AccessDenied)]
    public async Task AFaultThatStaysIsAnError(int status, int requests, PretrainedFailure failure)
    {
        Server.Misbehave = context => Task.FromResult(Answer(context, status));
        PretrainedException exception = await Fails(failure, new Uri(Server.Address, "/net.pth?signature=secret"));
        Assert.That(exception.Message, Does.Contain($"{status}").And.Contain("/net.pth").And.Not.Contain("secret"));
        Assert.That(Server.Bodies, Is.EqualTo(requests));
        Assert.That(AllFiles(), Is.Empty);
    }

    [Test]
    public async Task RetryAfterIsWaitedFor()
    {
        Uri address = Server.Add("/net.pth", Noise(1000));
        Server.Misbehave = context =>
        {
            context.Response.Headers.RetryAfter = "1";
            return Task.FromResult(Server.Bodies == 1 && Answer(context, StatusCodes.Status429TooManyRequests));
        };
        long start = Stopwatch.GetTimestamp();
        await Fetch(address);
        Assert.That(Stopwatch.GetElapsedTime(start), Is.GreaterThanOrEqualTo(TimeSpan.FromSeconds(0.99))); // timers are a little early at times
    }

    [Test]
    public async Task AServerThatAsksToWaitForHoursIsAnError()
    {
        Server.Misbehave = context =>
        {
            context.Response.Headers.RetryAfter = "7200";
            return Task.FromResult(Answer(context, StatusCodes.Status429TooManyRequests));
        };
        Assert.That((await Fails(PretrainedFailure.Server, new Uri(Server.Address, "/net.pth"))).Message, Does.Contain("asks to wait 7200 s"));
    }

    [Test]
    public async Task ALoopOfRedirectsIsAnError()
    {
        Server.Misbehave = context => Task.FromResult(Redirect(context, "/other/net.pth"));
        Assert.That((await Fails(PretrainedFailure.Redirect, new Uri(Server.Address, "/net.pth"))).Message, Does.Contain("redirects more than 10 times"));
        Assert.That(Server.Bodies, Is.EqualTo(11));
        Assert.That(AllFiles(), Is.Empty);
    }

    [TestCase("http://example.com/net.pth")]
    [TestCase("file:///etc/passwd")]
    [TestCase("ftp://example.com/net.pth")]
    public async Task ARedirectToAnAddressThatIsNotEncryptedIsAnError(string location)
    {
        Server.Misbehave = context => Task.FromResult(Redirect(context, location));
        Assert.That((await Fails(PretrainedFailure.Redirect, new Uri(Server.Address, "/net.pth"))).Message, Does.Contain(location));
    }

    [Test]
    public async Task WithoutAServerTheErrorNamesTheHost()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        string host = $"127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";
        listener.Stop();
        Assert.That((await Fails(PretrainedFailure.Network, $"http://{host}/net.pth", Options(attempts: 9))).Message,
            Is.EqualTo($"the host '{host}' cannot be reached, 3 times in a row"));
        Assert.That((await Fails(PretrainedFailure.Network, "https://no-such-host.invalid/net.pth", Options(attempts: 1))).Message,
            Is.EqualTo("the host 'no-such-host.invalid' cannot be found").Or.EqualTo("the host 'no-such-host.invalid:443' cannot be reached"));
        Assert.That(AllFiles(), Is.Empty);
    }

    [Test]
    public async Task ADiskThatIsTooSmallIsAnErrorBeforeTheDownload()
    {
        Uri address = Server.Add("/net.pth", Noise(1000));
        Assert.That((await Fails(PretrainedFailure.Storage, address, Options(freeBytes: _ => 999))).Message,
            Does.Contain("needs 1000 more bytes").And.Contain("999"));
        Assert.That(AllFiles(), Is.Empty);
    }

    [Test]
    public async Task AFolderThatCannotBeWrittenIsAnError()
    {
        Uri address = Server.Add("/net.pth", Noise(1000));
        string file = Folder.Write("file", [1]);
        await Fails(PretrainedFailure.Storage, address, Options(file));
        Directory.CreateDirectory(Folder["to/net.pth"]);
        Assert.That((await Fails(PretrainedFailure.Storage, address, Options(Folder["to/"]))).Message, Does.Contain("is a folder"));
    }

    [Test]
    public async Task AFileThatIsTooLongIsAnError([Values] bool tellsItsLength)
    {
        Uri address = Server.Add("/net.pth", Noise(100_000));
        if (!tellsItsLength)
        {
            Server.Misbehave = async context =>
            {
                await context.Response.Body.WriteAsync(Noise(100_000)); // chunked
                return true;
            };
        }
        PretrainedOptions options = new() { MaxFileBytes = 50_000, Folder = Folder["to/"], Variable = name => Variables.GetValueOrDefault(name) };
        await Fails(PretrainedFailure.WrongSize, address, options);
        Assert.That(AllFiles(), Is.Empty);
    }

    [Test]
    public async Task CompressedContentIsAnError()
    {
        Uri address = Server.Add("/net.pth", Noise(1000));
        Server.Misbehave = context =>
        {
            context.Response.Headers.ContentEncoding = "gzip";
            return Task.FromResult(false);
        };
        await Fails(PretrainedFailure.Server, address);
        Assert.That(AllFiles(), Is.Empty);
    }

    private static bool Answer(HttpContext context, int status)
    {
        context.Response.StatusCode = status;
        return true;
    }

    private static bool Redirect(HttpContext context, string location)
    {
        context.Response.Redirect(location);
        return true;
    }
}
