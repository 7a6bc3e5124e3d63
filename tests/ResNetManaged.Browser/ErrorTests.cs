using Microsoft.Playwright;
using NUnit.Framework;
using static Microsoft.Playwright.Assertions;

namespace ResNetManaged.Browser;

/// <summary>What the page says when something is wrong.</summary>
public sealed class ErrorTests : PageTest
{
    [Test]
    public async Task AFileThatIsNoPictureIsNamedAsSuch()
    {
        await ChooseAsync("hello"u8.ToArray(), "notes.txt", "image/png");
        await Expect(Page.Locator("#error")).ToBeVisibleAsync();
        await Expect(Page.Locator("#error-title")).ToHaveTextAsync("The picture is of an unknown format");
        await Expect(Page.Locator("#error-detail")).ToContainTextAsync("JPEG, PNG, BMP or GIF");
        await Expect(Page.Locator("#retry")).ToBeHiddenAsync();
        await Expect(Page.Locator("#view")).ToBeHiddenAsync();
        await ScreenshotAsync("no-picture");
        await ChooseAsync(Ship);
        await ExpectShipAsync();
        await Expect(Page.Locator("#error")).ToBeHiddenAsync();
    }

    [Test]
    public async Task ATruncatedPictureIsNamedAsSuch()
    {
        await ChooseAsync(Ship[..5000]);
        await Expect(Page.Locator("#error-detail")).ToContainTextAsync("truncated");
        await ScreenshotAsync("truncated");
    }

    [Test]
    public async Task APictureThatIsTooLargeIsNotEvenSent()
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
    public async Task ABusyServerCanBeAskedAgain()
    {
        int places = 0;
        while (Service.Pipeline.TryEnter()) places++;
        try
        {
            await ChooseAsync(Ship);
            await Expect(Page.Locator("#error-title")).ToHaveTextAsync("The server is busy");
            await ScreenshotAsync("busy");
        }
        finally
        {
            for (int i = 0; i < places; i++) Service.Pipeline.Leave();
        }
        await Page.GetByRole(AriaRole.Button, new() { Name = "Try again" }).ClickAsync();
        await ExpectShipAsync();
    }

    [Test]
    public async Task AServerThatCannotBeReachedCanBeAskedAgain()
    {
        await Context.SetOfflineAsync(true);
        await ChooseAsync(Ship);
        await Expect(Page.Locator("#error-title")).ToHaveTextAsync("The server cannot be reached");
        await Context.SetOfflineAsync(false);
        await Page.GetByRole(AriaRole.Button, new() { Name = "Try again" }).ClickAsync();
        await ExpectShipAsync();
    }
}
