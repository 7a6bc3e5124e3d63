using NUnit.Framework;
using ResNetManaged.Models;
using ResNetManaged.Preprocessing;
using ResNetManaged.Serialization;
using ResNetManaged.Tensors;
using ResNetManaged.Tests.Imaging;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Preprocessing;

public sealed class CropModeTests
{
    [TestCase(31, 47)]
    [TestCase(60, 20)]
    public void SquashResizesBothSidesAndCropsTheCenter(int width, int height)
    {
        ImagePreset preset = new() { Crop = 24, CropPct = 0.75, CropMode = CropMode.Squash, Interpolation = Interpolation.Bicubic };
        RgbImage image = Pattern.Image(width, height), expected = image.Resize(32, 32, Interpolation.Bicubic);
        AssertPixels(preset, image, (x, y) => expected.Row(y + 4).Slice(3 * (x + 4), 3));
    }

    [Test]
    public void BorderShowsAllOfThePictureAndPadsWithTheMeanColor()
    {
        ImagePreset preset = new() { Crop = 20, CropPct = 1, CropMode = CropMode.Border, Mean = new(0.5f, 0.25f, 1) };
        RgbImage image = Pattern.Image(40, 18), expected = image.Resize(20, 9); // timm: 18 / 2 = 9 rows, 5 above and 6 below
        byte[] padding = [128, 64, 255];
        AssertPixels(preset, image, (x, y) => y is >= 5 and < 14 ? expected.Row(y - 5).Slice(3 * x, 3) : padding);
    }

    [Test]
    public void AShareFollowsTheCropAndALengthDoesNot()
    {
        ImagePreset share = new() { CropPct = 0.95 };
        Assert.That((share.Resize, (share with { Crop = 288 }).Resize), Is.EqualTo(((int?)235, (int?)303))); // as timm: floor(288 / 0.95)
        Assert.That((ImagePreset.ImageNet with { Crop = 288 }).Resize, Is.EqualTo(256));
        Assert.That((share with { Resize = 232 }).CropPct, Is.Null);
        Assert.That((share with { CropPct = null }).Resize, Is.EqualTo(235));
    }

    [TestCase(0)]
    [TestCase(1.01)]
    [TestCase(double.NaN)]
    public void RejectsAShareThatIsNone(double share) => Assert.That(() => new ImagePreset { CropPct = share }, Throws.TypeOf<ArgumentOutOfRangeException>());

    private static readonly ImagePreset?[] Presets =
    [
        null,
        ImagePreset.ImageNetV2,
        new() { Resize = null, Crop = (33, 65) },
        new() { Crop = 288, CropPct = 0.95, CropMode = CropMode.Border, Interpolation = Interpolation.Hamming, Mean = new(0.1f, -0.2f, 0.3f), Std = new(1, 2, 3) },
    ];

    [TestCaseSource(nameof(Presets))]
    public void TravelsInACheckpoint(ImagePreset? preset)
    {
        using TemporaryFolder folder = new();
        ResNet model = TinyData.Network();
        model.Preset = preset;
        ResNetCheckpoint.Save(folder["net.safetensors"], model);
        ResNet loaded = ResNetCheckpoint.Load(folder["net.safetensors"]);
        Assert.That(loaded.Preset, Is.EqualTo(preset));
        Assert.That(loaded.WithHead(3).Preset, Is.EqualTo(preset));
    }

    [TestCase("{}")]
    [TestCase("null")]
    [TestCase("""{"crop":[9999999,9999999],"crop_mode":"center","interpolation":"box","mean":[0,0,0],"std":[1,1,1]}""")]
    [TestCase("""{"crop":[32,32],"crop_mode":"center","interpolation":"sharp","mean":[0,0,0],"std":[1,1,1]}""")]
    [TestCase("""{"crop":[32,32],"crop_mode":"center","interpolation":"box","mean":[0,0],"std":[1,1,1]}""")]
    [TestCase("""{"crop":[32,32],"crop_mode":"center","interpolation":"box","mean":[0,0,0],"std":[1,0,1]}""")]
    [TestCase("""{"crop":[32,32],"crop_mode":"center","interpolation":"box","mean":[0,0,0],"std":[1,1,1],"crop_pct":-1}""")]
    public void APresetThatIsNotValidIsRefused(string text)
    {
        using TemporaryFolder folder = new();
        Safetensors.Write(folder["net.safetensors"], TinyData.Network().StateDict(), new Dictionary<string, string> { ["image_preset"] = text });
        Assert.That(() => ResNetCheckpoint.Load(folder["net.safetensors"]), Throws.TypeOf<CheckpointException>().With.Message.Contains("'image_preset'"));
    }

    private delegate ReadOnlySpan<byte> PixelAt(int x, int y);

    private static void AssertPixels(ImagePreset preset, RgbImage image, PixelAt expected)
    {
        RgbImage input = preset.ResizeAndCrop(image);
        Assert.That((Size2D)(input.Height, input.Width), Is.EqualTo(preset.Crop));
        for (int y = 0; y < input.Height; y++)
        {
            for (int x = 0; x < input.Width; x++) Assert.That(input.Row(y).Slice(3 * x, 3).ToArray(), Is.EqualTo(expected(x, y).ToArray()), $"({x}, {y})");
        }
    }
}
