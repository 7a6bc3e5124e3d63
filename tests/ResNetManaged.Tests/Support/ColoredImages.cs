using ResNetManaged.Imaging;
using ResNetManaged.Preprocessing;

namespace ResNetManaged.Tests.Support;

/// <summary>Picture files that are easy to tell apart: reddish, greenish and bluish noise, one folder per color.</summary>
internal static class ColoredImages
{
    public static readonly string[] ClassNames = ["blue", "green", "red"];

    /// <summary>Writes a number of pictures of each class below a folder and returns its path.</summary>
    public static string Write(TemporaryFolder folder, string name, int perClass, int side = 32, int firstSeed = 0)
    {
        for (int label = 0; label < ClassNames.Length; label++)
        {
            for (int i = 0; i < perClass; i++)
                folder.Write($"{name}/{ClassNames[label]}/{i:D3}.png", ImageFile.EncodePng(Create(label, side, firstSeed + i)));
        }
        return folder[name];
    }

    public static RgbImage Create(int label, int side, int seed)
    {
        RgbImage image = new(side, side);
        new Random(seed).NextBytes(image.Pixels);
        for (int i = 0; i < image.Pixels.Length; i++)
        {
            if (i % 3 != 2 - label) image.Pixels[i] /= 3;
        }
        return image;
    }
}
