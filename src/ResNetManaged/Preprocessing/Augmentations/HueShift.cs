namespace ResNetManaged.Preprocessing.Augmentations;

/// <summary>Shifts the hue of [H, W, 3] bytes, bit for bit as torchvision's adjust_hue does on uint8 tensors.</summary>
/// <remarks>Converts to hue, saturation and value (Smith 1978, as in Pillow's Convert.c) in float32, and back with truncation.</remarks>
internal static class HueShift
{
    /// <summary>Shifts the hue by a fraction of the color wheel, -0.5 to 0.5.</summary>
    public static void Apply(Span<byte> pixels, float shift)
    {
        for (int i = 0; i < pixels.Length; i += RgbImage.Channels) Shift(pixels.Slice(i, RgbImage.Channels), shift);
    }

    private static void Shift(Span<byte> pixel, float shift)
    {
        float red = pixel[0] / 255f, green = pixel[1] / 255f, blue = pixel[2] / 255f;
        float max = Math.Max(Math.Max(red, green), blue), min = Math.Min(Math.Min(red, green), blue);
        float range = max - min, divisor = range == 0 ? 1 : range;
        float saturation = range / (range == 0 ? 1 : max);

        float fromRed = (max - red) / divisor, fromGreen = (max - green) / divisor, fromBlue = (max - blue) / divisor;
        float sextant = max == red ? fromBlue - fromGreen : max == green ? 2f + fromRed - fromBlue : 4f + fromGreen - fromRed;
        float hue = (sextant / 6f + 1f) % 1f;
        hue = (hue + shift) % 1f;
        if (hue < 0) hue += 1f;

        float whole = MathF.Floor(hue * 6f), part = hue * 6f - whole;
        float p = Clamp(max * (1f - saturation)), q = Clamp(max * (1f - saturation * part)), t = Clamp(max * (1f - saturation * (1f - part)));
        (red, green, blue) = ((int)whole % 6) switch
        {
            0 => (max, t, p),
            1 => (q, max, p),
            2 => (p, max, t),
            3 => (p, q, max),
            4 => (t, p, max),
            _ => (max, p, q),
        };
        pixel[0] = (byte)(red * 255f);
        pixel[1] = (byte)(green * 255f);
        pixel[2] = (byte)(blue * 255f);
    }

    private static float Clamp(float value) => Math.Clamp(value, 0f, 1f);
}
