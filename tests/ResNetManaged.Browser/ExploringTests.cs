using Microsoft.Playwright;
using NUnit.Framework;
using static Microsoft.Playwright.Assertions;

namespace ResNetManaged.Browser;

/// <summary>The heat map over the picture, and the most similar pictures.</summary>
public sealed class ExploringTests : PageTest
{
    private ILocator Switch => Page.GetByRole(AriaRole.Switch, new() { Name = "Heat map" });

    [Test]
    public async Task TheHeatMapCoversThePictureExactlyAndCanBeHidden()
    {
        await ChooseAsync(Ship);
        await ExpectShipAsync();
        await Switch.ClickAsync();
        await Expect(Switch).ToHaveAttributeAsync("aria-checked", "true");
        await Expect(Page.Locator("#heat")).ToHaveCSSAsync("opacity", "1");
        await Expect(Page.Locator("#status")).ToHaveTextAsync("The heat map is shown.");
        await Expect(Page.Locator("#heat")).ToHaveAttributeAsync("alt", new System.Text.RegularExpressions.Regex("ship$"));
        Assert.That(await BoxOf("#heat"), Is.EqualTo(await BoxOf("#picture")));
        await ScreenshotAsync("heat");
        await Switch.ClickAsync();
        await Expect(Page.Locator("#heat")).ToHaveCSSAsync("opacity", "0");
    }

    [Test]
    public async Task ClickingAClassExplainsIt()
    {
        await ChooseAsync(Ship);
        await ExpectShipAsync();
        ILocator second = Page.Locator("#bars .row").Nth(1);
        string index = await second.GetAttributeAsync("data-index") ?? "";
        IRequest request = await Page.RunAndWaitForRequestAsync(() => second.ClickAsync(), request => request.Url.Contains("/api/explain"));
        Assert.That(request.Url, Does.EndWith($"?class={index}"));
        await Expect(second).ToHaveAttributeAsync("aria-pressed", "true");
        await Expect(Page.Locator("#bars .row").First).ToHaveAttributeAsync("aria-pressed", "false");
        await Expect(Switch).ToHaveAttributeAsync("aria-checked", "true");
        await second.ClickAsync();
        await Expect(second).ToHaveAttributeAsync("aria-pressed", "false");
        await Expect(Switch).ToHaveAttributeAsync("aria-checked", "false");
    }

    [Test]
    public async Task TheSwitchWorksWithTheKeyboard()
    {
        await ChooseAsync(Ship);
        await ExpectShipAsync();
        await Switch.FocusAsync();
        await Page.Keyboard.PressAsync("Space");
        await Expect(Page.Locator("#heat")).ToHaveCSSAsync("opacity", "1");
    }

    [Test]
    public async Task TheNextPictureStartsWithoutAHeatMap()
    {
        await ChooseAsync(Ship);
        await ExpectShipAsync();
        await Switch.ClickAsync();
        await Expect(Page.Locator("#heat")).ToHaveCSSAsync("opacity", "1");
        await ChooseAsync(File.ReadAllBytes(Path.Combine(Repository.Pictures, "truck.jpg")), "truck.jpg");
        await Expect(Page.Locator("#name")).ToContainTextAsync("truck.jpg");
        await Expect(Page.Locator("#heat")).ToBeHiddenAsync();
        await Expect(Switch).ToHaveAttributeAsync("aria-checked", "false");
    }

    [Test]
    public async Task ShowsTheMostSimilarPicturesStartingWithTheSameOne()
    {
        await ChooseAsync(Ship);
        await ExpectShipAsync();
        await Expect(Page.Locator("#neighbors li")).ToHaveCountAsync(5);
        await Expect(Page.Locator("#neighbors .file").First).ToHaveTextAsync("ship.jpg");
        await Expect(Page.Locator("#neighbors .alike").First).ToHaveTextAsync("100.0% alike");
        Assert.That(await Page.EvaluateAsync<bool>("[...document.querySelectorAll('#neighbors img')].every(image => image.naturalWidth > 0)"), Is.True);
    }

    private async Task<string> BoxOf(string selector) =>
        await Page.EvaluateAsync<string>("selector => JSON.stringify(document.querySelector(selector).getBoundingClientRect())", selector);
}
