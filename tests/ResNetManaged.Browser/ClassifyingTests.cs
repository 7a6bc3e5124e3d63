using Microsoft.Playwright;
using NUnit.Framework;
using static Microsoft.Playwright.Assertions;

namespace ResNetManaged.Browser;

/// <summary>The ways to give the page a picture, and what it shows.</summary>
public sealed class ClassifyingTests : PageTest
{
    [Test]
    public async Task AChosenPictureIsClassified()
    {
        await ScreenshotAsync("empty");
        await ChooseAsync(Ship);
        await ExpectShipAsync();
        await Expect(Page.Locator("#picture")).ToBeVisibleAsync();
        await Expect(Page.Locator("#name")).ToHaveTextAsync("ship.jpg, 480 × 360");
        foreach (string part in new[] { "#decode", "#queue", "#compute", "#total" })
            await Expect(Page.Locator(part)).ToHaveTextAsync(new System.Text.RegularExpressions.Regex(@"^\d+(\.\d)? ms$"));
        await ScreenshotAsync("classified");
    }

    [Test]
    public async Task BarLengthsEqualTheProbabilities()
    {
        await ChooseAsync(Ship);
        await ExpectShipAsync();
        double[] shares = await Page.EvaluateAsync<double[]>(
            "[...document.querySelectorAll('#bars .track')].map(track => track.firstChild.getBoundingClientRect().width / track.getBoundingClientRect().width)");
        string[] percents = [.. await Page.Locator("#bars .percent").AllTextContentsAsync()];
        for (int i = 0; i < percents.Length; i++)
        {
            double percent = double.Parse(percents[i].TrimEnd('%'), System.Globalization.CultureInfo.InvariantCulture);
            Assert.That(100 * shares[i], Is.EqualTo(percent).Within(1.0), "a bar is at least two pixels wide");
        }
        Assert.That(shares, Is.Ordered.Descending);
    }

    [Test]
    public async Task ADroppedPictureIsClassified()
    {
        IJSHandle transfer = await TransferAsync(Ship, "dropped.jpg", "image/jpeg");
        await Page.DispatchEventAsync("main", "dragover", new { dataTransfer = transfer });
        await Expect(Page.Locator("body")).ToHaveClassAsync("dropping");
        await ScreenshotAsync("dropping");
        await Page.DispatchEventAsync("main", "drop", new { dataTransfer = transfer });
        await ExpectShipAsync();
        await Expect(Page.Locator("body")).Not.ToHaveClassAsync("dropping");
        await Expect(Page.Locator("#name")).ToContainTextAsync("dropped.jpg");
    }

    [Test]
    public async Task APastedPictureIsClassified()
    {
        await Context.GrantPermissionsAsync(["clipboard-read", "clipboard-write"]);
        await Page.EvaluateAsync( // browsers put pictures on the clipboard as PNG
            """
            async base64 => {
              const bitmap = await createImageBitmap(new Blob([Uint8Array.from(atob(base64), c => c.charCodeAt(0))]));
              const canvas = Object.assign(document.createElement("canvas"), { width: bitmap.width, height: bitmap.height });
              canvas.getContext("2d").drawImage(bitmap, 0, 0);
              const png = await new Promise(done => canvas.toBlob(done, "image/png"));
              await navigator.clipboard.write([new ClipboardItem({ "image/png": png })]);
            }
            """, Convert.ToBase64String(Ship));
        await Page.Keyboard.PressAsync("Control+V");
        await ExpectShipAsync();
    }

    [Test]
    public async Task PastingTextReportsThatThereIsNoPicture()
    {
        await Context.GrantPermissionsAsync(["clipboard-read", "clipboard-write"]);
        await Page.EvaluateAsync("navigator.clipboard.writeText('hello')");
        await Page.Keyboard.PressAsync("Control+V");
        await Expect(Page.Locator("#status")).ToHaveTextAsync("The clipboard has no picture.");
    }

    [Test]
    public async Task FormatsOnlyTheBrowserReadsAreConverted()
    {
        string webp = await Page.EvaluateAsync<string>(
            """
            async base64 => {
              const bitmap = await createImageBitmap(new Blob([Uint8Array.from(atob(base64), c => c.charCodeAt(0))]));
              const canvas = Object.assign(document.createElement("canvas"), { width: bitmap.width, height: bitmap.height });
              canvas.getContext("2d").drawImage(bitmap, 0, 0);
              return canvas.toDataURL("image/webp").split(",")[1];
            }
            """, Convert.ToBase64String(Ship));
        byte[] file = Convert.FromBase64String(webp);
        Assert.That(System.Text.Encoding.ASCII.GetString(file, 8, 4), Is.EqualTo("WEBP"));
        await ChooseAsync(file, "ship.webp", "image/webp");
        await ExpectShipAsync();
    }

    [Test]
    public async Task APhotographStoredRotatedIsShownAsTheNetworkSeesIt()
    {
        // An EXIF segment right after the start marker: orientation 6, rotate by 90 degrees clockwise.
        byte[] exif =
        [
            0xFF, 0xE1, 0x00, 0x22, .. "Exif\0\0II*\0"u8, 8, 0, 0, 0, 1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0,
        ];
        await ChooseAsync([.. Ship[..2], .. exif, .. Ship[2..]]);
        await Expect(Page.Locator("#name")).ToHaveTextAsync("ship.jpg, 480 × 360"); // the server was not asked to turn pictures
        Assert.That(await Page.EvaluateAsync<bool>("() => { const box = document.getElementById('picture').getBoundingClientRect(); return box.width > box.height; }"));
    }

    [Test]
    public async Task TheNextPictureReplacesThePreviousOne()
    {
        await ChooseAsync(Ship);
        await ExpectShipAsync();
        string before = await Page.Locator("#picture").GetAttributeAsync("src") ?? "";
        await ChooseAsync(Ship, "again.jpg");
        await Expect(Page.Locator("#name")).ToHaveTextAsync("again.jpg, 480 × 360");
        Assert.That(await Page.Locator("#picture").GetAttributeAsync("src"), Is.Not.EqualTo(before));
    }
}
