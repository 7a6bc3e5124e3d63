using System.Threading.RateLimiting;
using Microsoft.Playwright;
using NUnit.Framework;
using static Microsoft.Playwright.Assertions;

namespace ResNetManaged.Browser;

/// <summary>What the page says when something goes wrong.</summary>
public sealed class ErrorTests : PageTest
{
    [Test]
    public async Task ReportsAFileThatIsNotAPicture()
    {
        await ChooseAsync("hello"u8.ToArray(), "notes.txt", "image/png");
        await Expect(Page.Locator("#error")).ToBeVisibleAsync();
        await Expect(Page.Locator("#error-title")).ToHaveTextAsync("The picture's format is unknown");
        await Expect(Page.Locator("#error-detail")).ToContainTextAsync("JPEG, PNG, BMP or GIF");
        await Expect(Page.Locator("#retry")).ToBeHiddenAsync();
        await Expect(Page.Locator("#view")).ToBeHiddenAsync();
        await ScreenshotAsync("no-picture");
        await ChooseAsync(Ship);
        await ExpectShipAsync();
        await Expect(Page.Locator("#error")).ToBeHiddenAsync();
    }

    [Test]
    public async Task ReportsATruncatedPicture()
    {
        await ChooseAsync(Ship[..5000]);
        await Expect(Page.Locator("#error-detail")).ToContainTextAsync("truncated");
        await ScreenshotAsync("truncated");
    }

    [Test]
    public async Task DoesNotSendAPictureThatIsTooLarge()
    {
        bool sent = false;
        Page.Request += (_, request) => sent |= request.Url.Contains("/api/classify");
        await Page.EvaluateAsync(
            """
            () => {
              const dataTransfer = new DataTransfer();
              dataTransfer.items.add(new File([new Uint8Array([0xff, 0xd8, 0xff]), new Uint8Array(17 << 20)], "large.jpg", { type: "image/jpeg" }));
              document.body.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true }));
            }
            """);
        await Expect(Page.Locator("#error-title")).ToHaveTextAsync("The picture is too large");
        await Expect(Page.Locator("#error-detail")).ToContainTextAsync("at most 16 MiB");
        Assert.That(sent, Is.False);
    }

    [Test]
    public async Task OffersToRetryWhenTheServerIsBusy()
    {
        List<RateLimitLease> places = [];
        do places.Add(Service.Pipeline.Enter());
        while (places[^1].IsAcquired);
        try
        {
            await ChooseAsync(Ship);
            await Expect(Page.Locator("#error-title")).ToHaveTextAsync("The server is busy");
            await ScreenshotAsync("busy");
        }
        finally
        {
            foreach (RateLimitLease place in places) place.Dispose();
        }
        await Page.GetByRole(AriaRole.Button, new() { Name = "Try again" }).ClickAsync();
        await ExpectShipAsync();
    }

    [Test]
    public async Task OffersToRetryWhenTheServerCannotBeReached()
    {
        await Context.SetOfflineAsync(true);
        await ChooseAsync(Ship);
        await Expect(Page.Locator("#error-title")).ToHaveTextAsync("The server cannot be reached");
        await Context.SetOfflineAsync(false);
        await Page.GetByRole(AriaRole.Button, new() { Name = "Try again" }).ClickAsync();
        await ExpectShipAsync();
    }
}
