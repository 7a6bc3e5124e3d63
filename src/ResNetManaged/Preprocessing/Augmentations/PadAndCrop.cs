using System.Buffers;
using ResNetManaged.Tensors.Random;

namespace ResNetManaged.Preprocessing.Augmentations;

/// <summary>Pads all four sides and crops the original size at a random position, which shifts the image by up to the padding.</summary>
/// <remarks>torchvision's <c>RandomCrop(size, padding)</c>. He et al. 2015, section 4.2, use 4 pixels for CIFAR-10.</remarks>
public sealed class PadAndCrop : IImageAugmentation
{
    private readonly int _padding;
    private readonly bool _reflects;

    /// <summary>Creates the augmentation.</summary>
    /// <param name="padding">The pixels to add on each side, at least 0.</param>
    /// <param name="reflect">
    /// True to fill them with the image mirrored at its outermost pixels without repeating them (<c>reflect</c> in NumPy and torchvision), false for
    /// black; false by default.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">The padding is negative.</exception>
    public PadAndCrop(int padding = 4, bool reflect = false)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(padding);
        (_padding, _reflects) = (padding, reflect);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The image is too small to reflect that far.</exception>
    public void Apply(RgbImage image, PhiloxGenerator random)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(random);
        if (_reflects && _padding >= Math.Min(image.Width, image.Height))
            throw new ArgumentException($"{this}: a {image} is too small to reflect; expected both sides to exceed the padding.", nameof(image));
        int top = random.NextInt32(2 * _padding + 1), left = random.NextInt32(2 * _padding + 1);
        Shift(image, left - _padding, top - _padding);
    }

    /// <summary>The settings: <c>PadAndCrop(padding=4, Zeros)</c>.</summary>
    public override string ToString() => $"PadAndCrop(padding={_padding}, {(_reflects ? "Reflect" : "Zeros")})";

    /// <summary>Moves the pixel at (x + left, y + top) to (x, y).</summary>
    private void Shift(RgbImage image, int left, int top)
    {
        if (left == 0 && top == 0) return;
        byte[] rented = ArrayPool<byte>.Shared.Rent(image.Pixels.Length);
        Span<byte> old = rented.AsSpan(0, image.Pixels.Length);
        image.Pixels.CopyTo(old);
        int rowBytes = image.Width * RgbImage.Channels;
        for (int y = 0; y < image.Height; y++)
        {
            int from = Source(y + top, image.Height);
            if (from < 0) image.Row(y).Clear();
            else ShiftRow(old.Slice(from * rowBytes, rowBytes), image.Row(y), left);
        }
        ArrayPool<byte>.Shared.Return(rented);
    }

    private void ShiftRow(ReadOnlySpan<byte> old, Span<byte> row, int left)
    {
        int width = row.Length / RgbImage.Channels, start = Math.Clamp(-left, 0, width), end = Math.Clamp(width - left, start, width);
        if (end > start) old.Slice((start + left) * RgbImage.Channels, (end - start) * RgbImage.Channels).CopyTo(row[(start * RgbImage.Channels)..]);
        PadRow(old, row, left, 0, start);
        PadRow(old, row, left, end, width);
    }

    private void PadRow(ReadOnlySpan<byte> old, Span<byte> row, int left, int start, int end)
    {
        for (int x = start; x < end; x++)
        {
            Span<byte> pixel = row.Slice(x * RgbImage.Channels, RgbImage.Channels);
            int from = Source(x + left, row.Length / RgbImage.Channels);
            if (from < 0) pixel.Clear();
            else old.Slice(from * RgbImage.Channels, RgbImage.Channels).CopyTo(pixel);
        }
    }

    /// <summary>
    /// The position in 0..<paramref name="count"/> - 1 that supplies the pixel for a position that may lie outside; negative for black.
    /// </summary>
    private int Source(int position, int count)
    {
        if ((uint)position < (uint)count) return position;
        if (!_reflects) return -1;
        return position < 0 ? -position : 2 * (count - 1) - position;
    }
}
