using ResNetManaged.Preprocessing;
using ResNetManaged.Preprocessing.Augmentations;
using ResNetManaged.Tensors;

namespace ResNetManaged.Imaging.Jpeg;

/// <summary>Decodes baseline, extended and progressive JPEG with Huffman coding and 8 bits to the pixels of PIL with libjpeg-turbo 2.1.5.</summary>
/// <remarks>ITU-T T.81. Damaged files too become the same pixels, or fail where PIL fails.</remarks>
internal static unsafe class JpegDecoder
{
    public static bool Recognizes(ReadOnlySpan<byte> content) => content.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]);

    /// <summary>Decodes a file in memory.</summary>
    public static RgbImage Decode(ReadOnlySpan<byte> content, long pixelCap)
    {
        fixed (byte* start = content)
        {
            using JpegInput input = new(start, content.Length);
            return Decode(input, pixelCap);
        }
    }

    /// <summary>Decodes a file in a seekable stream, of which a chunk at a time is in memory.</summary>
    public static RgbImage Decode(Stream stream, long pixelCap)
    {
        using JpegInput input = new(stream);
        return Decode(input, pixelCap);
    }

    /// <summary>Decodes what a preset needs of a file in memory, and applies it.</summary>
    public static Tensor Apply(ImagePreset preset, ReadOnlySpan<byte> content, long pixelCap)
    {
        fixed (byte* start = content)
        {
            using JpegInput input = new(start, content.Length);
            return Apply(preset, input, pixelCap);
        }
    }

    /// <summary>Decodes what a preset needs of a file in a seekable stream, and applies it.</summary>
    public static Tensor Apply(ImagePreset preset, Stream stream, long pixelCap)
    {
        using JpegInput input = new(stream);
        return Apply(preset, input, pixelCap);
    }

    private static RgbImage Decode(JpegInput input, long pixelCap)
    {
        using JpegPicture picture = new(input, pixelCap);
        RgbImage image = RgbImage.Uninitialized(picture.Width, picture.Height);
        picture.Select(new PixelWindow(0, 0, picture.Width, picture.Height));
        for (int y = 0; y < picture.Height; y++) picture.ReadRow(image.Row(y));
        picture.Finish();
        return image;
    }

    private static Tensor Apply(ImagePreset preset, JpegInput input, long pixelCap)
    {
        using JpegPicture picture = new(input, pixelCap);
        Tensor result = preset.Apply(picture);
        picture.Finish();
        return result;
    }
}
