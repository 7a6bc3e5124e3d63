using System.Buffers.Binary;
using System.Globalization;
using NUnit.Framework;
using ResNetManaged.Preprocessing;

namespace ResNetManaged.Tests.Imaging;

/// <summary>The results of PIL and torchvision that Goldens/make_images.py recorded.</summary>
internal static class ImageGoldens
{
    private static string Folder => Path.Combine(AppContext.BaseDirectory, "Goldens", "images");

    /// <summary>The names of the recorded files with a prefix that also have recorded pixels.</summary>
    public static string[] Files(string prefix) => Names(prefix + "*.rgb").Where(name => name.Count(c => c == '.') == 2)
        .Select(name => name[..^".rgb".Length]).ToArray();

    public static string[] Names(string pattern) =>
        Directory.GetFiles(Folder, pattern).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal).ToArray();

    public static string PathOf(string name) => Path.Combine(Folder, name);

    public static byte[] Bytes(string name) => File.ReadAllBytes(PathOf(name));

    /// <summary>Width and height, then the pixels.</summary>
    public static RgbImage Pixels(string name)
    {
        byte[] bytes = Bytes(name);
        int width = BinaryPrimitives.ReadInt32LittleEndian(bytes), height = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(4));
        return RgbImage.FromPixels(bytes.AsSpan(8), width, height, PixelFormat.Rgb24);
    }

    /// <summary>The numbers in a name such as preset_31x23_20_16.f32.</summary>
    public static int[] Numbers(string name) => Path.GetFileNameWithoutExtension(name).Split('_', 'x').Skip(1)
        .Select(part => int.Parse(part, CultureInfo.InvariantCulture)).ToArray();

    public static void AssertSame(RgbImage actual, RgbImage expected)
    {
        Assert.That((actual.Width, actual.Height), Is.EqualTo((expected.Width, expected.Height)));
        Assert.That(actual.Pixels.ToArray(), Is.EqualTo(expected.Pixels.ToArray()));
    }
}
