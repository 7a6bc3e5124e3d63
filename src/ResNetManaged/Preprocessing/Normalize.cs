namespace ResNetManaged.Preprocessing;

/// <summary>Converts interleaved 8-bit pixels to the planes of a network's input: (value / 255 - mean) / std.</summary>
/// <remarks>Equals torchvision's ToTensor and Normalize bit for bit: each of the three operations rounds to float32.</remarks>
internal static class Normalize
{
    private const int Levels = 256;

    /// <summary>Writes one image of an NCHW tensor.</summary>
    /// <param name="pixels">[H, W, 3] bytes.</param>
    /// <param name="mean">Per channel, of pixels scaled to 0..1.</param>
    /// <param name="std">Per channel, of pixels scaled to 0..1.</param>
    /// <param name="destination">[3, H, W], as long as <paramref name="pixels"/>.</param>
    public static void ToPlanes(ReadOnlySpan<byte> pixels, RgbValues mean, RgbValues std, Span<float> destination)
    {
        Span<float> table = stackalloc float[Levels]; // a channel has only 256 different values
        int plane = pixels.Length / RgbImage.Channels;
        for (int channel = 0; channel < RgbImage.Channels; channel++)
        {
            FillTable(table, Component(mean, channel), Component(std, channel));
            Span<float> output = destination.Slice(channel * plane, plane);
            for (int i = 0, from = channel; i < output.Length; i++, from += RgbImage.Channels)
                output[i] = table[pixels[from]];
        }
    }

    private static void FillTable(Span<float> table, float mean, float std)
    {
        for (int value = 0; value < table.Length; value++) table[value] = ((float)value / byte.MaxValue - mean) / std;
    }

    private static float Component(RgbValues values, int channel) => channel switch { 0 => values.Red, 1 => values.Green, _ => values.Blue };
}
