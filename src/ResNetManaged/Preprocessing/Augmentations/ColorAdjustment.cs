namespace ResNetManaged.Preprocessing.Augmentations;

/// <summary>Brightness, contrast and saturation of [H, W, 3] bytes, bit for bit as torchvision adjusts uint8 tensors.</summary>
/// <remarks>
/// Each blends the image with another: factor * image + (1 - factor) * other, in float32, clamped to 0..255 and truncated. The other image is black,
/// the mean gray level, or the image's own gray levels.
/// </remarks>
internal static class ColorAdjustment
{
    public static void Brightness(Span<byte> pixels, double factor) => BlendAll(pixels, factor, other: 0);

    public static void Contrast(Span<byte> pixels, double factor)
    {
        long sum = 0;
        for (int i = 0; i < pixels.Length; i += RgbImage.Channels) sum += Gray(pixels[i], pixels[i + 1], pixels[i + 2]);
        BlendAll(pixels, factor, (float)sum / (pixels.Length / RgbImage.Channels));
    }

    public static void Saturation(Span<byte> pixels, double factor)
    {
        float image = (float)factor, other = (float)(1 - factor);
        for (int i = 0; i < pixels.Length; i += RgbImage.Channels)
        {
            float gray = other * Gray(pixels[i], pixels[i + 1], pixels[i + 2]);
            pixels[i] = ToByte(image * pixels[i] + gray);
            pixels[i + 1] = ToByte(image * pixels[i + 1] + gray);
            pixels[i + 2] = ToByte(image * pixels[i + 2] + gray);
        }
    }

    /// <summary>torchvision's luma, truncated: ITU-R BT.601's weights to four digits.</summary>
    private static byte Gray(byte red, byte green, byte blue) => (byte)(0.2989f * red + 0.587f * green + 0.114f * blue);

    private static void BlendAll(Span<byte> pixels, double factor, float other)
    {
        Span<byte> table = stackalloc byte[byte.MaxValue + 1];
        for (int value = 0; value < table.Length; value++) table[value] = ToByte((float)factor * value + (float)(1 - factor) * other);
        foreach (ref byte value in pixels) value = table[value];
    }

    private static byte ToByte(float value) => (byte)Math.Clamp(value, 0f, byte.MaxValue);
}
