using ResNetManaged.Preprocessing;
using ResNetManaged.Preprocessing.Augmentations;
using ResNetManaged.Tensors;

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
            RgbImage image = RgbImage.Uninitialized(picture.Width, picture.Height);
            picture.Select(new PixelWindow(0, 0, picture.Width, picture.Height));
            for (int y = 0; y < picture.Height; y++) picture.ReadRow(image.Row(y));
            picture.Finish();
            return image;
        }
    }

    /// <summary>Decodes what a preset needs of a file in memory, and applies it.</summary>
    public static Tensor Apply(ImagePreset preset, ReadOnlySpan<byte> content, long pixelCap)
    {
        fixed (byte* start = content) return Apply(preset, new JpegInput(start, content.Length), pixelCap);
    }

    /// <summary>Decodes what a preset needs of a file in a seekable stream, and applies it.</summary>
    public static Tensor Apply(ImagePreset preset, Stream stream, long pixelCap) => Apply(preset, new JpegInput(stream), pixelCap);

    private static Tensor Apply(ImagePreset preset, JpegInput input, long pixelCap)
    {
        using JpegPicture picture = new(input, pixelCap);
        Tensor result = preset.Apply(picture);
        picture.Finish();
        return result;
    }
}
