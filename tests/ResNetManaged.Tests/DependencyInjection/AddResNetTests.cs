using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using NUnit.Framework;
using ResNetManaged.DependencyInjection;
using ResNetManaged.Inference;
using ResNetManaged.Models;
using ResNetManaged.Preprocessing;
using ResNetManaged.Serialization;
using ResNetManaged.Tensors.Random;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.DependencyInjection;

public sealed class AddResNetTests
{
    private static readonly RgbImage Picture = ColoredPicture();

    [Test]
    public void ClassifierAndEmbedderAreSingletonsWithTheModelsResults()
    {
        ResNet model = Small(classes: 10, seed: 1);
        using ServiceProvider services = Services(options => options.CreateModel = _ => model);
        ImageClassifier classifier = services.GetRequiredService<ImageClassifier>();
        Assert.That(classifier.Classify(Picture), Is.EqualTo(new ImageClassifier(model).Classify(Picture)));
        Assert.That(services.GetRequiredService<ImageClassifier>(), Is.SameAs(classifier));
        Assert.That(services.GetRequiredService<ResNet>(), Is.SameAs(model));
        ImageEmbedder embedder = services.GetRequiredService<ImageEmbedder>();
        Assert.That(embedder.Embed(Picture), Is.EqualTo(new ImageEmbedder(model).Embed(Picture)));
        Assert.That(services.GetRequiredService<ImageEmbedder>(), Is.SameAs(embedder));
    }

    [Test]
    public void APathAndAStreamLoadTheCheckpointsNetwork()
    {
        using TemporaryFolder folder = new();
        ResNet model = Small(classes: 7, seed: 2);
        string path = Path.Combine(folder.Path, "seven.safetensors");
        ResNetCheckpoint.Save(path, model);
        IReadOnlyList<Prediction> expected = new ImageClassifier(model).Classify(Picture);
        bool disposed = false;
        using ServiceProvider fromPath = Services(options => options.CheckpointPath = path);
        using ServiceProvider fromStream = Services(options => options.OpenCheckpoint = _ => new NotingStream(File.ReadAllBytes(path), () => disposed = true));
        Assert.That(fromPath.GetRequiredService<ImageClassifier>().Classify(Picture), Is.EqualTo(expected));
        Assert.That(fromStream.GetRequiredService<ImageClassifier>().Classify(Picture), Is.EqualTo(expected));
        Assert.That(disposed, Is.True, "the stream was disposed");
    }

    [Test]
    public void NamedNetworksCoexistWithTheUnnamedOne()
    {
        ServiceCollection collection = [];
        collection.AddResNet(options => options.CreateModel = _ => Small(classes: 10, seed: 1));
        collection.AddResNet("flowers", options => options.CreateModel = _ => Small(classes: 5, seed: 2));
        collection.AddResNet("birds", options => options.CreateModel = _ => Small(classes: 3, seed: 3));
        using ServiceProvider services = collection.BuildServiceProvider();
        Assert.That(services.GetRequiredService<ImageClassifier>().Model.NumClasses, Is.EqualTo(10));
        Assert.That(services.GetRequiredKeyedService<ImageClassifier>("flowers").Model.NumClasses, Is.EqualTo(5));
        Assert.That(services.GetRequiredKeyedService<ImageClassifier>("birds").Model.NumClasses, Is.EqualTo(3));
    }

    [Test]
    public void OptionsReachTheClassifier()
    {
        ImagePreset preset = ImagePreset.Cifar10 with { Crop = 24 };
        using ServiceProvider services = Services(options =>
        {
            options.CreateModel = _ => Small(classes: 2, seed: 1);
            options.Preset = preset;
            options.Labels = ["left", "right"];
        });
        ImageClassifier classifier = services.GetRequiredService<ImageClassifier>();
        Assert.That(classifier.Preset, Is.EqualTo(preset));
        Assert.That(classifier.Labels, Is.EqualTo(new[] { "left", "right" }));
    }

    private static readonly TestCaseData[] WrongOptions =
    [
        Wrong("no source", _ => { }, "AddResNet 'flowers': no network was given; set one of CheckpointPath, OpenCheckpoint or CreateModel."),
        Wrong("two sources", options => (options.CheckpointPath, options.CreateModel) = ("a.pth", _ => Small(10, 1)),
            "AddResNet 'flowers': CheckpointPath and CreateModel are set; set only one of CheckpointPath, OpenCheckpoint or CreateModel."),
        Wrong("no such file", options => options.CheckpointPath = "/none/a.pth",
            "AddResNet 'flowers': CheckpointPath '/none/a.pth' does not exist (looked for /none/a.pth)."),
        Wrong("an empty name", options => options.CheckpointPath = "",
            "AddResNet 'flowers': CheckpointPath '' does not exist (looked for nothing)."),
    ];

    [TestCaseSource(nameof(WrongOptions))]
    public async Task InvalidOptionsStopTheHostWithAMessage(Action<ResNetOptions> configure, string message)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddResNet("flowers", options => { options.LoadAtStart = false; configure(options); });
        using IHost host = builder.Build();
        OptionsValidationException? refused = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync());
        Assert.That(refused!.Message, Is.EqualTo(message));
        refused = Assert.Throws<OptionsValidationException>(() => host.Services.GetRequiredKeyedService<ImageClassifier>("flowers"));
        Assert.That(refused!.Message, Is.EqualTo(message), "without a start");
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task TheHostLoadsTheNetworkAtStartupUnlessConfiguredOtherwise(bool loadAtStart)
    {
        int loads = 0;
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddResNet(options =>
        {
            options.LoadAtStart = loadAtStart;
            options.CreateModel = _ => { loads++; return Small(classes: 10, seed: 1); };
        });
        using IHost host = builder.Build();
        await host.StartAsync();
        Assert.That(loads, Is.EqualTo(loadAtStart ? 1 : 0));
        host.Services.GetRequiredService<ImageClassifier>();
        Assert.That(loads, Is.EqualTo(1));
        await host.StopAsync();
    }

    [Test]
    public async Task ADamagedCheckpointStopsStartup()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddResNet("flowers", options => options.OpenCheckpoint = _ => new MemoryStream([1, 2, 3]));
        using IHost host = builder.Build();
        CheckpointException? refused = await Assert.ThrowsAsync<CheckpointException>(() => host.StartAsync());
        Assert.That(refused!.Message, Does.Contain("AddResNet 'flowers'"));
    }

    [Test]
    public void TheErrorForASourceThatReturnsNullNamesIt()
    {
        using ServiceProvider services = Services(options => options.CreateModel = _ => null!);
        Assert.That(() => services.GetRequiredService<ImageClassifier>(), Throws.InvalidOperationException.With.Message.EqualTo("AddResNet: CreateModel returned null."));
    }

    internal static ResNet Small(int classes, ulong seed) => new ResNet(ResNetVariants.Get("cifar_resnet20") with { NumClasses = classes }, new TorchGenerator(seed)).Eval();

    private static ServiceProvider Services(Action<ResNetOptions> configure) => new ServiceCollection().AddResNet(configure).BuildServiceProvider();

    private static TestCaseData Wrong(string name, Action<ResNetOptions> configure, string message) => new TestCaseData(configure, message).SetArgDisplayNames(name);

    private static RgbImage ColoredPicture()
    {
        RgbImage image = new(40, 36);
        for (int i = 0; i < image.Pixels.Length; i++) image.Pixels[i] = (byte)(i * 7);
        return image;
    }

    private sealed class NotingStream(byte[] content, Action disposed) : MemoryStream(content)
    {
        protected override void Dispose(bool disposing)
        {
            disposed();
            base.Dispose(disposing);
        }
    }
}
