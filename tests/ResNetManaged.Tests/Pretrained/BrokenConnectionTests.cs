using System.Globalization;
using NUnit.Framework;
using ResNetManaged.Pretrained;
using ResNetManaged.Pretrained.Hubs;
using ResNetManaged.Pretrained.Names;

namespace ResNetManaged.Tests.Pretrained;

/// <summary>Downloads that are interrupted continue, and never mix two versions of a file.</summary>
public sealed class BrokenConnectionTests : PretrainedTest
{
    private const int Length = 3_000_001;

    [Test]
    public async Task AFileIsDownloadedOnceAndThenFoundWithoutTheNetwork()
    {
        byte[] content = Noise(Length);
        Uri address = Server.Add("/files/net.pth", content);
        Assert.That(Find(address), Is.Null);
        PretrainedNetwork fetched = await Fetch(address);
        Assert.That(File.ReadAllBytes(fetched.Path), Is.EqualTo(content));
        Assert.That((fetched.Bytes, fetched.Sha256, fetched.IsImageNet1k), Is.EqualTo((Length, Sha256(content), false)));
        Assert.That((await Fetch(address)).Path, Is.EqualTo(fetched.Path));
        Assert.That(Find(address)!.Path, Is.EqualTo(fetched.Path));
        Assert.That(Server.Bodies, Is.EqualTo(1));
        Assert.That(AllFiles(), Is.EqualTo(new[] { "net.pth" }));
    }

    [Test]
    public async Task ATorchvisionFileHasTheHashInItsName()
    {
        byte[] content = Noise(Length);
        TorchvisionWeights weights = new("resnet18", "IMAGENET1K_V1", Sha256(content)[..8], 1, 2, 256, isDefault: true);
        Server.Add($"/{weights.FileName}", content);
        PretrainedNetwork fetched = await TorchvisionHub.FetchAsync(new PretrainedName.TorchvisionName(weights), Options(), null, default);
        Assert.That(fetched.Path, Is.EqualTo(Path.Combine(Variables["RESNETMANAGED_CACHE"], "torchvision", weights.FileName)));
        Assert.That((fetched.Sha256, fetched.Torchvision), Is.EqualTo((Sha256(content), weights)));
    }

    [Test]
    public async Task AConnectionThatBreaksFiftyTimesGivesTheRightFile()
    {
        byte[] content = Noise(Length);
        Random random = new(5);
        int left = 50;
        Server.BreakAfter = () => left-- > 0 ? random.Next(1, Length / 40) : int.MaxValue;
        PretrainedNetwork fetched = await Fetch(Server.Add("/net.pth", content), Options(attempts: 20)); // data that a reset connection loses is no progress
        Assert.That(File.ReadAllBytes(fetched.Path), Is.EqualTo(content));
        Assert.That(Server.Bodies, Is.EqualTo(51));
        HubServer.Received[] continued = [.. Server.Requests.Where(request => request.Range.Length > 0)];
        Assert.That(continued, Has.Length.GreaterThan(20));
        Assert.That(continued.Select(request => request.IfRange), Has.All.EqualTo(Server.Files["/net.pth"].ETag));
        Assert.That(Notices, Has.Count.EqualTo(50));
    }

    [Test]
    public async Task ADownloadThatIsCanceledAtRandomMomentsGivesTheRightFile()
    {
        byte[] content = Noise(Length);
        Uri address = Server.Add("/net.pth", content);
        Server.Pause = TimeSpan.FromMilliseconds(1);
        Random random = new(6);
        int canceled = 0;
        for (int i = 0; i < 50; i++)
        {
            using CancellationTokenSource cancellation = new(random.Next(1, 40));
            try
            {
                await Fetch(address, cancellation: cancellation.Token);
                break;
            }
            catch (OperationCanceledException)
            {
                canceled++;
                Assert.That(FinalFiles(), Is.Empty);
            }
        }
        Assert.That(canceled, Is.GreaterThan(3));
        Assert.That(File.ReadAllBytes((await Fetch(address)).Path), Is.EqualTo(content));
        Assert.That(AllFiles(), Is.EqualTo(new[] { "net.pth" }));
        Assert.That(Server.Requests.Select(request => request.Range).Where(range => range.Length > 0).Distinct().Count(), Is.GreaterThan(1));
    }

    [TestCase(false)]
    [TestCase(true)] // the server sends the rest of the new version, whatever If-Range says
    public async Task AFileThatChangesBetweenPartsIsNotMixed(bool ignoresIfRange)
    {
        byte[] older = Noise(Length, seed: 1), newer = Noise(Length, seed: 2);
        Uri address = Server.Add("/net.pth", older, "\"older\"");
        Server.BreakAfter = () =>
        {
            bool isFirst = Server.Files["/net.pth"].ETag == "\"older\"";
            Server.Files["/net.pth"] = new HubServer.Served(newer, "\"newer\"", ignoresIfRange);
            return isFirst ? Length / 2 : int.MaxValue;
        };
        Assert.That(File.ReadAllBytes((await Fetch(address)).Path), Is.EqualTo(newer));
    }

    [TestCase("")]
    [TestCase("W/\"weak\"")]
    public async Task WithoutAStrongValidatorADownloadStartsOver(string etag)
    {
        byte[] content = Noise(Length);
        Uri address = Server.Add("/net.pth", content, etag);
        int left = 2;
        Server.BreakAfter = () => left-- > 0 ? Length / 2 : int.MaxValue;
        Assert.That(File.ReadAllBytes((await Fetch(address)).Path), Is.EqualTo(content));
        Assert.That(Server.Requests.Select(request => request.Range), Has.All.Empty);
    }

    [Test]
    public async Task APartThatWasDamagedOnDiskIsDownloadedAgain()
    {
        byte[] content = Noise(Length);
        Uri address = Server.Add("/net.pth", content);
        Server.BreakAfter = () => Length / 2;
        await Fails(PretrainedFailure.Network, address, Options(Folder["to/"], Sha256(content), attempts: 1));
        using (FileStream part = File.OpenWrite(Folder["to/net.pth.part"])) part.Write(new byte[1000]);
        Server.BreakAfter = null;
        PretrainedNetwork fetched = await Fetch(address, Options(Folder["to/"], Sha256(content)));
        Assert.That(File.ReadAllBytes(fetched.Path), Is.EqualTo(content));
        Assert.That(Notices, Has.Some.Contains("damaged on disk"));
    }

    [Test]
    public async Task ATruncatedBodyIsAnErrorAndTheNextCallContinues()
    {
        byte[] content = Noise(Length);
        Uri address = Server.Add("/net.pth", content);
        Server.BreakAfter = () => 100_000;
        Server.Misbehave = context => Task.FromResult(Server.Bodies > 3 && Abort(context));
        PretrainedException exception = await Fails(PretrainedFailure.Network, address);
        Assert.That(exception.Message, Does.Contain("broke"));
        Assert.That(FinalFiles(), Is.Empty);
        Assert.That(AllFiles(), Is.EqualTo(new[] { "net.pth.part", "net.pth.part.state" }));
        (Server.BreakAfter, Server.Misbehave) = (null, null);
        int before = Server.Bodies;
        long part = new FileInfo(Directory.GetFiles(Folder.Path, "*.part", SearchOption.AllDirectories).Single()).Length;
        Assert.That(File.ReadAllBytes((await Fetch(address)).Path), Is.EqualTo(content));
        Assert.That(Server.Bodies, Is.EqualTo(before + 1));
        Assert.That(Server.Requests.Last().Range, Is.EqualTo(string.Create(CultureInfo.InvariantCulture, $"bytes={part}-")));
    }

    [Test]
    public async Task OneDownloadAtATimeWritesAFile()
    {
        byte[] content = Noise(Length);
        Uri address = Server.Add("/net.pth", content);
        Server.Pause = TimeSpan.FromMilliseconds(1);
        PretrainedNetwork[] fetched = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => Fetch(address))));
        Assert.That(fetched.Select(network => network.Sha256), Has.All.EqualTo(Sha256(content)));
        Assert.That(Server.Bodies, Is.EqualTo(1));
        Assert.That(Notices, Has.Some.Contains("another process is downloading"));
        Assert.That(AllFiles(), Is.EqualTo(new[] { "net.pth" }));
    }

    [Test]
    public async Task AServerThatSendsNothingMoreCountsAsBroken()
    {
        byte[] content = Noise(Length);
        Uri address = Server.Add("/net.pth", content);
        int requests = 0;
        Server.Misbehave = async context =>
        {
            if (requests++ > 0) return false;
            context.Response.ContentLength = Length;
            context.Response.Headers.ETag = Server.Files["/net.pth"].ETag;
            await context.Response.Body.WriteAsync(content.AsMemory(0, 1000));
            await context.Response.Body.FlushAsync();
            await Task.Delay(TimeSpan.FromMinutes(1), context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
            return true;
        };
        Assert.That(File.ReadAllBytes((await Fetch(address, Options(idleSeconds: 0.5))).Path), Is.EqualTo(content));
        Assert.That(Server.Requests.Last().Range, Is.EqualTo(string.Create(CultureInfo.InvariantCulture, $"bytes={1000}-")));
    }

    private static bool Abort(Microsoft.AspNetCore.Http.HttpContext context)
    {
        context.Abort();
        return true;
    }
}
