using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using NUnit.Framework;
using static Microsoft.Playwright.Assertions;

namespace ResNetManaged.Browser;

/// <summary>The page without a mouse, on a phone, in dark mode, and by accessibility rules.</summary>
public sealed class AccessTests : PageTest
{
    private static readonly ViewportSize Phone = new() { Width = 360, Height = 740 };

    [Test]
    public async Task APictureCanBeChosenWithTheKeyboardAlone()
    {
        await Page.Keyboard.PressAsync("Tab");
        await Expect(Page.Locator("#file")).ToBeFocusedAsync();
        Assert.That(await OutlineOf("#file + label"), Is.EqualTo("solid 3px"));
        await ScreenshotAsync("focused");
        IFileChooser chooser = await Page.RunAndWaitForFileChooserAsync(() => Page.Keyboard.PressAsync("Enter"));
        await chooser.SetFilesAsync(new FilePayload { Buffer = Ship, Name = "ship.jpg", MimeType = "image/jpeg" });
        await ExpectShipAsync();
    }

    [Test]
    public async Task EveryControlIsReachableByKeyboardAndShowsItsFocus()
    {
        await ChooseAsync(Ship);
        await ExpectShipAsync();
        int usable = await Page.EvaluateAsync<int>("[...document.querySelectorAll('a, button, input')].filter(e => e.checkVisibility()).length");
        HashSet<string> reached = [];
        await Page.EvaluateAsync("document.activeElement.blur()");
        for (int i = 0; i < usable; i++)
        {
            await Page.Keyboard.PressAsync("Tab");
            reached.Add(await Page.EvaluateAsync<string>("document.activeElement.outerHTML"));
            Assert.That(await Page.EvaluateAsync<bool>(
                "[document.activeElement, document.activeElement.nextElementSibling].some(e => e && getComputedStyle(e).outlineStyle === 'solid')"), Is.True);
        }
        Assert.That(reached, Has.Count.EqualTo(usable));
    }

    [Test]
    public async Task ThePageFitsAPhone()
    {
        await OpenAsync(new BrowserNewContextOptions { ViewportSize = Phone, DeviceScaleFactor = 2, HasTouch = true, IsMobile = true });
        await ExpectNoSidewaysScrolling();
        await ScreenshotAsync("phone-empty");
        await ChooseAsync(Ship, "a-very-long-name-of-a-picture-that-was-taken-on-a-holiday-by-the-sea.jpg");
        await ExpectShipAsync();
        await ExpectNoSidewaysScrolling();
        await ScreenshotAsync("phone");
        await ChooseAsync("hello"u8.ToArray(), "x.png", "image/png");
        await Expect(Page.Locator("#error")).ToBeVisibleAsync();
        await ExpectNoSidewaysScrolling();
        await ScreenshotAsync("phone-error");
    }

    [Test]
    public async Task ThePageFollowsTheSystemsDarkMode()
    {
        await OpenAsync(new BrowserNewContextOptions { ColorScheme = ColorScheme.Dark });
        Assert.That(await BrightnessOfBackground(), Is.LessThan(40));
        await ChooseAsync(Ship);
        await ExpectShipAsync();
        await ScreenshotAsync("dark");
        await OpenAsync(new BrowserNewContextOptions { ColorScheme = ColorScheme.Light });
        Assert.That(await BrightnessOfBackground(), Is.GreaterThan(220));
    }

    [Test]
    public async Task NothingMovesIfTheSystemPrefersReducedMotion()
    {
        await ChooseAsync(Ship);
        await ExpectShipAsync();
        Assert.That(await Animations(), Is.EqualTo("none"));
        await OpenAsync(new BrowserNewContextOptions { ReducedMotion = ReducedMotion.NoPreference });
        await ChooseAsync(Ship);
        await ExpectShipAsync();
        Assert.That(await Animations(), Is.EqualTo("grow"));

        async Task<string> Animations() => await Page.EvaluateAsync<string>("getComputedStyle(document.querySelector('.track i')).animationName");
    }

    [TestCase(ColorScheme.Light, 1180)]
    [TestCase(ColorScheme.Dark, 1180)]
    [TestCase(ColorScheme.Light, 360)]
    public async Task ThePageBreaksNoAccessibilityRule(ColorScheme scheme, int width)
    {
        await OpenAsync(new BrowserNewContextOptions { ColorScheme = scheme, ViewportSize = new ViewportSize { Width = width, Height = 800 } });
        await ExpectNoViolations("empty");
        await ChooseAsync(Ship);
        await ExpectShipAsync();
        await ExpectNoViolations("classified");
        await ChooseAsync("hello"u8.ToArray(), "x.png", "image/png");
        await Expect(Page.Locator("#error")).ToBeVisibleAsync();
        await ExpectNoViolations("error");
    }

    [Test]
    public async Task ScreenReadersAnnounceResultsAndErrors()
    {
        Assert.That(await Page.Locator("#status").GetAttributeAsync("aria-live"), Is.EqualTo("polite"));
        await ChooseAsync(Ship);
        await Expect(Page.Locator("#status")).ToHaveTextAsync(new System.Text.RegularExpressions.Regex(@"^Looks like ship, \d+\.\d%\.$"));
        await ChooseAsync("hello"u8.ToArray(), "x.png", "image/png");
        await Expect(Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("format is unknown");
    }

    private async Task ExpectNoViolations(string state)
    {
        AxeResult result = await Page.RunAxe();
        Assert.That(result.Passes, Is.Not.Empty);
        Assert.That(result.Violations.Select(violation => $"{violation.Id}: {violation.Help}: {violation.Nodes.FirstOrDefault()?.Html}"), Is.Empty, state);
    }

    private async Task ExpectNoSidewaysScrolling() =>
        Assert.That(await Page.EvaluateAsync<int>("document.scrollingElement.scrollWidth"), Is.LessThanOrEqualTo(Phone.Width));

    private async Task<string> OutlineOf(string selector) => await Page.EvaluateAsync<string>(
        "selector => { const style = getComputedStyle(document.querySelector(selector)); return `${style.outlineStyle} ${style.outlineWidth}`; }", selector);

    private async Task<double> BrightnessOfBackground() => await Page.EvaluateAsync<double>(
        "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3).reduce((sum, part) => sum + Number(part), 0) / 3");
}
