using Microsoft.AspNetCore.Builder;
using Microsoft.Playwright;
using NUnit.Framework;
using ResNetManaged.Cifar10;
using ResNetManaged.Imaging;
using ResNetManaged.Inference;
using ResNetManaged.Models;
using ResNetManaged.Search;
using ResNetManaged.Serving;

namespace ResNetManaged.Browser;

/// <summary>Opens the page in a browser, served with the program's own network.</summary>
public abstract class PageTest
{
    private static readonly string[] ExpectedErrors = ["Failed to load resource"]; // a browser logs this for a 4xx

    private readonly List<string> _errors = [];
    private IPlaywright _playwright = null!;
    private IBrowser _browser = null!;
    private ResNetService _service = null!;
    private WebApplication _server = null!;

    private protected IBrowserContext Context { get; private set; } = null!;

    private protected IPage Page { get; private set; } = null!;

    private protected ResNetService Service => _service;

    private protected static byte[] Ship { get; } = File.ReadAllBytes(Path.Combine(Repository.Pictures, "ship.jpg"));

    [OneTimeSetUp]
    public async Task StartServerAndBrowser()
    {
        ResNet network = Cifar10Network.Load();
        string[] files = [.. ImageFolder.FindFiles(Repository.Pictures)];
        EmbeddingIndex index = new(new ImageEmbedder(network).Embed([.. files.Select(file => ImageFile.Load(file))]), files);
        _service = new ResNetService(network, index: new PictureIndex(index));
        _server = ResNetServer.Create(_service, port: 0);
        await _server.StartAsync();
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = Environment.GetEnvironmentVariable("RESNET_CHROMIUM") ?? "/usr/bin/chromium",
            Args = Environment.UserName == "root" ? ["--no-sandbox"] : [],
        });
    }

    [OneTimeTearDown]
    public async Task StopServerAndBrowser()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
        await _server.DisposeAsync();
        _service.Dispose();
    }

    [SetUp]
    public Task OpenPage() => OpenAsync(new BrowserNewContextOptions());

    [TearDown]
    public async Task ClosePage()
    {
        await Context.DisposeAsync();
        Assert.That(_errors.Where(error => !ExpectedErrors.Any(error.Contains)), Is.Empty, "the browser's console");
        _errors.Clear();
    }

    /// <summary>Reopens the page with other browser options.</summary>
    private protected async Task OpenAsync(BrowserNewContextOptions options)
    {
        if (Context is not null) await Context.DisposeAsync();
        options.BaseURL = _server.Urls.Single();
        options.ViewportSize ??= new ViewportSize { Width = 1180, Height = 820 };
        options.Locale = "en-US";
        options.ReducedMotion ??= ReducedMotion.Reduce; // screenshots must not catch an animation
        Context = await _browser.NewContextAsync(options);
        Page = await Context.NewPageAsync();
        Page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning") _errors.Add(message.Text);
        };
        Page.PageError += (_, error) => _errors.Add(error);
        await Page.GotoAsync("/");
        await Assertions.Expect(Page.Locator("#model")).ToContainTextAsync("10 classes");
    }

    private protected Task ChooseAsync(byte[] content, string name = "ship.jpg", string type = "image/jpeg") =>
        Page.SetInputFilesAsync("#file", new FilePayload { Buffer = content, Name = name, MimeType = type });

    /// <summary>Waits until the page shows the full results for the ship.</summary>
    private protected async Task ExpectShipAsync()
    {
        await Assertions.Expect(Page.Locator("#bars .row")).ToHaveCountAsync(5);
        await Assertions.Expect(Page.Locator("#bars .row").First).ToContainTextAsync("ship");
        await Assertions.Expect(Page.Locator("#neighbors img").First).ToHaveJSPropertyAsync("complete", true);
    }

    /// <summary>Saves a screenshot for review.</summary>
    private protected Task ScreenshotAsync(string name) => Page.ScreenshotAsync(new PageScreenshotOptions
    {
        Path = Path.Combine(Repository.Root, "artifacts", "browser", $"{name}.png"),
        FullPage = true,
    });

    /// <summary>A file as the clipboard and drag and drop transfer it.</summary>
    private protected Task<IJSHandle> TransferAsync(byte[] content, string name, string type) => Page.EvaluateHandleAsync(
        """
        ([base64, name, type]) => {
          const transfer = new DataTransfer();
          transfer.items.add(new File([Uint8Array.from(atob(base64), c => c.charCodeAt(0))], name, { type }));
          return transfer;
        }
        """, new[] { Convert.ToBase64String(content), name, type });
}
