using ResNetManaged.Tensors;

namespace ResNetManaged.Preprocessing;

/// <summary>Crops the center of an image as torchvision's <c>CenterCrop</c> does.</summary>
internal static class CenterCrop
{
    /// <summary>Crops the center. A side that is too short is padded; an odd pixel goes to the end.</summary>
    /// <param name="image">The image; it is not modified.</param>
    /// <param name="size">The size of the result.</param>
    /// <param name="padding">Red, green and blue of the padding; empty for black.</param>
    /// <returns>A new image.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A side of <paramref name="size"/> is below 1.</exception>
    public static RgbImage Apply(RgbImage image, Size2D size, ReadOnlySpan<byte> padding = default)
    {
        ArgumentNullException.ThrowIfNull(image);
        RgbImage result = new(size.Width, size.Height);
        for (int i = 0; i < result.Pixels.Length && !padding.IsEmpty; i++) result.Pixels[i] = padding[i % RgbImage.Channels];
        int left = Offset(image.Width, size.Width), top = Offset(image.Height, size.Height);
        int width = Math.Min(image.Width, size.Width), height = Math.Min(image.Height, size.Height);
        for (int y = 0; y < height; y++)
        {
            ReadOnlySpan<byte> row = image.Row(y + Math.Max(top, 0)).Slice(Math.Max(left, 0) * RgbImage.Channels, width * RgbImage.Channels);
            row.CopyTo(result.Row(y + Math.Max(-top, 0))[(Math.Max(-left, 0) * RgbImage.Channels)..]);
        }
        return result;
    }

    /// <summary>Where the crop starts along one axis; minus the padding if the image is shorter.</summary>
    /// <remarks>The start rounds half to even, as Python's round does; padding rounds down.</remarks>
    internal static int Offset(int size, int crop) => crop > size
        ? -((crop - size) / 2)
        : (int)Math.Round((size - crop) / 2.0, MidpointRounding.ToEven);
}
