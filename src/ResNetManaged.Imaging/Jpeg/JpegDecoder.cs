using ResNetManaged.Preprocessing;
using ResNetManaged.Preprocessing.Augmentations;

namespace ResNetManaged.Imaging.Jpeg;

/// <summary>Decodes baseline, extended and progressive JPEG with Huffman coding and 8 bits to the pixels of PIL with libjpeg-turbo 2.1.5.</summary>
/// <remarks>ITU-T T.81. Damaged files too become the same pixels, or fail where PIL fails.</remarks>
internal static unsafe class JpegDecoder
{
    public static bool Recognizes(ReadOnlySpan<byte> content) => content.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]);

    public static RgbImage Decode(ReadOnlySpan<byte> content, long pixelCap)
    {
        fixed (byte* start = content)
        {
            using JpegPicture picture = new(new JpegInput(start, content.Length), pixelCap);
            RgbImage image = new(picture.Width, picture.Height);
            picture.Select(new PixelWindow(0, 0, picture.Width, picture.Height));
            for (int y = 0; y < picture.Height; y++) picture.ReadRow(image.Row(y));
            picture.Finish();
            return image;
        }
    }
}
