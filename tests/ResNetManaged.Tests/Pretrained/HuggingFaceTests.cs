using System.Text;
using Microsoft.AspNetCore.Http;
using NUnit.Framework;
using ResNetManaged.Pretrained;

namespace ResNetManaged.Tests.Pretrained;

/// <summary>Repositories of Hugging Face: which files, from where, with which credentials, and the caches.</summary>
public sealed class HuggingFaceTests : PretrainedTest
{
    private const string Name = "hf:owner/repo";

    private static readonly string ImageNetConfig =
        $$$"""{"id2label":{{{{string.Join(',', Enumerable.Range(0, 1000).Select(i => $"\"{i}\":\"{(i == 0 ? "tench, Tinca tinca" : $"class {i}")}\""))}}}}}""";

    [Test]
    public async Task TheFilesOfAModelAreFetchedOnceIntoAFolder([Values] bool hasApi)
    {
        Server.HasApi = hasApi;
        AddModel();
        Assert.That(Find(Name), Is.Null);
        PretrainedNetwork fetched = await Fetch(Name);
        Assert.That(Directory.GetFiles(fetched.Path).Select(Path.GetFileName), Is.EquivalentTo(Server.Repository.Keys));
        foreach ((string name, byte[] content) in Server.Repository) Assert.That(File.ReadAllBytes(Path.Combine(fetched.Path, name)), Is.EqualTo(content));
        Assert.That(fetched.WeightsPath, Is.EqualTo(Path.Combine(fetched.Path, "model.safetensors")));
        Assert.That((fetched.Sha256, fetched.IsImageNet1k), Is.EqualTo((Sha256(Server.Repository["model.safetensors"]), true)));
        Assert.That(fetched.License, Is.EqualTo(hasApi ? "apache-2.0" : null));
        Assert.That(fetched.Name, Is.EqualTo("hf:owner/repo@main"));

        int requests = Server.Requests.Count;
        PretrainedNetwork found = Find(Name)!;
        Assert.That((found.Path, found.License, found.IsImageNet1k), Is.EqualTo((fetched.Path, fetched.License, true)));
        Assert.That((await Fetch(Name)).Sha256, Is.EqualTo(fetched.Sha256));
        Assert.That(Server.Requests, Has.Count.EqualTo(requests));
        Assert.That(Find(Name + "@other"), Is.Null);
    }

    [Test]
    public async Task ShardedWeightsComeWithTheirIndex()
    {
        Server.Repository["model.safetensors.index.json"] = Encoding.UTF8.GetBytes(
            """{"weight_map":{"a":"model-00001-of-00002.safetensors","b":"model-00002-of-00002.safetensors","c":"model-00001-of-00002.safetensors"}}""");
        Server.Repository["model-00001-of-00002.safetensors"] = Noise(1000, 1);
        Server.Repository["model-00002-of-00002.safetensors"] = Noise(1000, 2);
        PretrainedNetwork fetched = await Fetch(Name);
        Assert.That(fetched.Files.Select(file => Path.GetFileName(file.Path)),
            Is.EqualTo(new[] { "model.safetensors.index.json", "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors" }));
        Assert.That(Find(Name), Is.Not.Null);
        File.Delete(fetched.Files[2].Path);
        Assert.That(Find(Name), Is.Null, "an incomplete network is not found");
        await Fetch(Name);
        Assert.That(Find(Name), Is.Not.Null);
    }

    [TestCase("../evil.safetensors")]
    [TestCase("/etc/passwd")]
    [TestCase("a\\b")]
    public async Task AnIndexThatListsFilesElsewhereIsAnError(string shard)
    {
        Server.Repository["model.safetensors.index.json"] = Encoding.UTF8.GetBytes($$$"""{"weight_map":{"a":"{{{shard.Replace("\\", "\\\\")}}}"}}""");
        Assert.That((await Fails(PretrainedFailure.Server, Name)).Message, Does.Contain("it lists the file"));
        Assert.That(Find(Name), Is.Null);
    }

    [Test]
    public async Task OldWeightsAreFetchedOnlyWithoutNewOnes()
    {
        Server.Repository["pytorch_model.bin"] = Noise(1000);
        Assert.That(Path.GetFileName((await Fetch(Name)).WeightsPath), Is.EqualTo("pytorch_model.bin"));
        Server.Repository["model.safetensors"] = Noise(1000);
        Assert.That(Path.GetFileName((await Fetch(Name + "@new")).WeightsPath), Is.EqualTo("model.safetensors"));
    }

    [Test]
    public async Task ARepositoryWithoutWeightsIsAnError()
    {
        Server.Repository["config.json"] = [(byte)'{', (byte)'}'];
        Assert.That((await Fails(PretrainedFailure.NotFound, Name)).Message, Does.Contain("has no model.safetensors"));
        Assert.That((await Fails(PretrainedFailure.NotFound, "hf:owner/missing")).Message, Does.Contain("owner/missing"));
    }

    [Test]
    public async Task WrongContentOfLargeAndSmallFilesIsAnError()
    {
        await using HubServer large = await HubServer.StartAsync();
        AddModel();
        Server.LargeFiles = large;
        large.Misbehave = async context =>
        {
            await context.Response.Body.WriteAsync(Noise(5000, seed: 9));
            return true;
        };
        await Fails(PretrainedFailure.WrongHash, Name);
        Assert.That(AllFiles(), Is.Empty);

        Server.LargeFiles = null;
        Server.Misbehave = async context =>
        {
            if (context.Request.Method != "GET" || !context.Request.Path.Value!.EndsWith("/config.json", StringComparison.Ordinal)) return false;
            await context.Response.WriteAsync("{}");
            return true;
        };
        await Fails(PretrainedFailure.Network, Name); // its length is known too
        Assert.That(FinalFiles(), Does.Not.Contain("config.json"));
        Assert.That(Find(Name), Is.Null);
    }

    [Test]
    public async Task TheTokenIsSentOnlyToTheEndpointsHost()
    {
        await using HubServer large = await HubServer.StartAsync();
        AddModel();
        Server.LargeFiles = large;
        Variables["HF_TOKEN"] = "hf_secret";
        await Fetch(Name);
        Assert.That(Server.Requests.Select(request => request.Authorization), Has.All.EqualTo("Bearer hf_secret"));
        Assert.That(large.Requests, Is.Not.Empty);
        Assert.That(large.Requests.Select(request => request.Authorization), Has.All.Empty);
        Uri address = large.Add("/net.pth", Noise(10));
        await Fetch(address);
        Assert.That(large.Requests.Last().Authorization, Is.Empty);
    }

    [Test]
    public async Task APrivateRepositoryIsAnErrorThatNamesTheToken()
    {
        Server.Misbehave = context =>
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return Task.FromResult(true);
        };
        Assert.That((await Fails(PretrainedFailure.AccessDenied, Name)).Message, Does.Contain("HF_TOKEN"));
    }

    [Test]
    public async Task AnUnencryptedEndpointIsAnError()
    {
        Variables["HF_ENDPOINT"] = "http://example.com";
        await Fails(PretrainedFailure.UnknownName, Name);
        Variables["HF_ENDPOINT"] = "not an address";
        Assert.That((await Fails(PretrainedFailure.UnknownName, Name)).Message, Does.Contain("HF_ENDPOINT"));
    }

    [Test]
    public async Task BrokenConnectionsContinueThroughTheRedirect()
    {
        AddModel();
        int left = 10;
        Server.BreakAfter = () => left-- > 0 ? 400 : int.MaxValue;
        PretrainedNetwork fetched = await Fetch(Name, Options(attempts: 20)); // data that a reset connection loses is no progress
        Assert.That(File.ReadAllBytes(fetched.WeightsPath), Is.EqualTo(Server.Repository["model.safetensors"]));
    }

    [Test]
    public async Task TheCacheOfHuggingFaceHubIsUsed()
    {
        AddModel();
        string hub = $"home/.cache/huggingface/hub/models--owner--repo";
        Folder.Write($"{hub}/refs/main", Encoding.ASCII.GetBytes(HubServer.Commit));
        Folder.Write($"{hub}/snapshots/{HubServer.Commit}/config.json", Server.Repository["config.json"]);
        Assert.That(Find(Name), Is.Null, "only the weights count");
        string weights = Folder.Write($"{hub}/snapshots/{HubServer.Commit}/model.safetensors", Server.Repository["model.safetensors"]);
        Assert.That(Find(Name)!.WeightsPath, Is.EqualTo(weights));
        Assert.That(Find($"{Name}@{HubServer.Commit}")!.WeightsPath, Is.EqualTo(weights));
        Assert.That((await Fetch(Name)).Path, Is.EqualTo(Path.GetDirectoryName(weights)));
        Assert.That(Server.Requests, Is.Empty);

        PretrainedNetwork copied = await Fetch(Name, Options(Folder["to/"]));
        Assert.That(File.ReadAllBytes(Folder["to/model.safetensors"]), Is.EqualTo(Server.Repository["model.safetensors"]));
        Assert.That(Server.Requests.Where(request => request.Method == "GET" && request.Path.Contains("lfs")), Is.Empty,
            "the weights were copied, not downloaded");
        Assert.That(copied.Files, Has.Count.EqualTo(3));

        Variables["HF_HOME"] = Folder["elsewhere/"];
        Assert.That(Find(Name), Is.Null);
    }

    [Test]
    [Platform(Exclude = "Win", Reason = "symbolic links need a privilege")]
    public async Task AFileOfHuggingFaceHubThatIsNotWhatItsNameSaysIsNotFetchedFromThere()
    {
        AddModel();
        byte[] weights = Server.Repository["model.safetensors"];
        string hub = "home/.cache/huggingface/hub/models--owner--repo", link = Folder[$"{hub}/snapshots/{HubServer.Commit}/model.safetensors"];
        Folder.Write($"{hub}/refs/main", Encoding.ASCII.GetBytes(HubServer.Commit));
        string blob = Folder.Write($"{hub}/blobs/{Sha256(weights)}", weights);
        File.CreateSymbolicLink(link, $"../../blobs/{Sha256(weights)}");
        Assert.That((await Fetch(Name)).WeightsPath, Is.EqualTo(link));
        Assert.That((Find(Name)!.Bytes, Server.Requests.Count), Is.EqualTo((weights.Length, 0)));
        File.WriteAllBytes(blob, Noise(5000, seed: 8));
        PretrainedNetwork fetched = await Fetch(Name);
        Assert.That(fetched.WeightsPath, Is.Not.EqualTo(link));
        Assert.That(File.ReadAllBytes(fetched.WeightsPath), Is.EqualTo(weights));
    }

    [Test]
    public async Task TheCacheOfPyTorchIsUsedIfItsFileIsRight()
    {
        string file = Folder.Write("home/.cache/torch/hub/checkpoints/resnet18-f37072fd.pth", Noise(100));
        Assert.That(Find("torchvision:resnet18")!.Path, Is.EqualTo(file));
        await Fails(PretrainedFailure.NotFound, "torchvision:resnet18");
        Assert.That(Notices, Has.Some.Contains("is not used").And.Some.Contains("f37072fd"));
        Variables["TORCH_HOME"] = Folder["torch/"];
        Assert.That(Find("torchvision:resnet18"), Is.Null);
        Folder.Write("torch/hub/checkpoints/resnet18-f37072fd.pth", Noise(100));
        Assert.That(Find("torchvision:resnet18"), Is.Not.Null);
    }

    private void AddModel()
    {
        Server.Repository["config.json"] = Encoding.UTF8.GetBytes(ImageNetConfig);
        Server.Repository["preprocessor_config.json"] = Encoding.UTF8.GetBytes("""{"size":224}""");
        Server.Repository["model.safetensors"] = Noise(5000);
    }
}
