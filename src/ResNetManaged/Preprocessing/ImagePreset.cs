using ResNetManaged.Tensors;

namespace ResNetManaged.Preprocessing;

/// <summary>How a photograph becomes a network's input: resize the shorter side, cut out the middle, normalise.</summary>
/// <remarks>
/// The result equals torchvision's Resize, CenterCrop, ToTensor, Normalize on the same RGB image, bit for bit.
/// A preset is immutable and safe to use from many threads; variations are made by <c>with</c>.
/// </remarks>
public sealed record ImagePreset
{
    private readonly int? _resize = 256;
    private readonly Size2D _crop = 224;
    private readonly RgbValues _std = new(0.229f, 0.224f, 0.225f);

    /// <summary>torchvision's IMAGENET1K_V1: shorter side to 256, crop 224.</summary>
    public static ImagePreset ImageNet { get; } = new();

    /// <summary>torchvision's IMAGENET1K_V2: shorter side to 232, crop 224.</summary>
    public static ImagePreset ImageNetV2 { get; } = new() { Resize = 232 };

    /// <summary>CIFAR: 32 x 32 images stay as they are, others are brought to that size; ImageNet's mean and standard deviation.</summary>
    public static ImagePreset Cifar10 { get; } = new() { Resize = 32, Crop = 32 };

    /// <summary>
    /// The length in pixels that the shorter side is resized to, the longer one in proportion; null leaves the image as it is. Default 256.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The length is below 1.</exception>
    public int? Resize
    {
        get => _resize;
        init
        {
            if (value is int side) ArgumentOutOfRangeException.ThrowIfNegativeOrZero(side, nameof(Resize));
            _resize = value;
        }
    }

    /// <summary>The size of the middle that is cut out, in pixels; images that are smaller are padded with black. Default 224 x 224.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A side is below 1.</exception>
    public Size2D Crop
    {
        get => _crop;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value.Height, nameof(Crop));
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value.Width, nameof(Crop));
            _crop = value;
        }
    }

    /// <summary>What is subtracted from pixels scaled to 0..1; ImageNet's .485, .456, .406 by default.</summary>
    public RgbValues Mean { get; init; } = new(0.485f, 0.456f, 0.406f);

    /// <summary>What the differences are divided by; ImageNet's .229, .224, .225 by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is 0.</exception>
    public RgbValues Std
    {
        get => _std;
        init
        {
            if (value.Red == 0 || value.Green == 0 || value.Blue == 0)
                throw new ArgumentOutOfRangeException(nameof(Std), $"The standard deviation {value} has a 0; nothing can be divided by it.");
            _std = value;
        }
    }

    /// <summary>The number of floats that one image becomes: 3 * crop height * crop width.</summary>
    public int ElementCount => checked(RgbImage.Channels * Crop.Height * Crop.Width);

    /// <summary>Preprocesses one image.</summary>
    /// <param name="image">The image; it is not changed.</param>
    /// <returns>A tensor [1, 3, H, W] with the crop's height and width.</returns>
    public Tensor Apply(RgbImage image) => Apply([image]);

    /// <summary>Preprocesses a batch of images, which may differ in size.</summary>
    /// <param name="images">The images, at least one; they are not changed.</param>
    /// <returns>A tensor [N, 3, H, W] with the crop's height and width.</returns>
    public Tensor Apply(IReadOnlyList<RgbImage> images)
    {
        ArgumentNullException.ThrowIfNull(images);
        Tensor batch = Tensor.Zeros([images.Count, RgbImage.Channels, Crop.Height, Crop.Width]);
        for (int i = 0; i < images.Count; i++) Apply(images[i], batch.Span.Slice(i * ElementCount, ElementCount));
        return batch;
    }

    /// <summary>Preprocesses one image into its place in a batch, so that a batch can be filled by several threads.</summary>
    /// <param name="image">The image; it is not changed.</param>
    /// <param name="destination">[3, H, W] with the crop's height and width: exactly <see cref="ElementCount"/> floats.</param>
    /// <exception cref="ArgumentException">The destination has another length.</exception>
    public void Apply(RgbImage image, Span<float> destination)
    {
        ArgumentNullException.ThrowIfNull(image);
        CheckLength(destination);
        Normalize.ToPlanes(ResizeAndCrop(image).Pixels, Mean, Std, destination);
    }

    /// <summary>Preprocesses raw pixels of any of the usual formats where they lie: they are read once and not copied.</summary>
    /// <param name="pixels">The rows, top row first unless the stride is negative; the last one may end with its last pixel.</param>
    /// <param name="width">Pixels in a row, at least 1.</param>
    /// <param name="height">Rows, at least 1.</param>
    /// <param name="format">The bytes of one pixel; alpha is dropped.</param>
    /// <param name="stride">As in <see cref="RgbImage.FromPixels"/>: bytes from row to row, 0 where rows follow each other directly.</param>
    /// <returns>A tensor [1, 3, H, W] with the crop's height and width.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A side is below 1, the format is unknown, or the stride is shorter than a row.</exception>
    /// <exception cref="ArgumentException">There are fewer bytes than the rows need.</exception>
    public Tensor Apply(ReadOnlySpan<byte> pixels, int width, int height, PixelFormat format, int stride = 0)
    {
        RgbImage input = ResizeAndCrop(new PixelView(pixels, width, height, format, stride));
        Tensor batch = Tensor.Zeros([1, RgbImage.Channels, Crop.Height, Crop.Width]);
        Normalize.ToPlanes(input.Pixels, Mean, Std, batch.Span);
        return batch;
    }

    private void CheckLength(Span<float> destination)
    {
        if (destination.Length != ElementCount)
        {
            throw new ArgumentException(
                $"ImagePreset.Apply: one image becomes [3, {Crop.Height}, {Crop.Width}] = {ElementCount} floats; "
                + $"the destination has {destination.Length}.",
                nameof(destination));
        }
    }

    /// <summary>The 8-bit half of the work: resized and cropped, not yet normalised; the image itself where nothing is to be done.</summary>
    internal RgbImage ResizeAndCrop(RgbImage image)
    {
        Size2D size = (image.Height, image.Width);
        return size == Crop && size == ResizedSize(image.Width, image.Height) ? image : ResizeAndCrop(new PixelView(image));
    }

    private RgbImage ResizeAndCrop(PixelView image)
    {
        Size2D size = ResizedSize(image.Width, image.Height);
        // Only the part of the resized image that the crop keeps is computed.
        int width = Math.Min(size.Width, Crop.Width), height = Math.Min(size.Height, Crop.Height);
        int left = Math.Max(CenterCrop.Offset(size.Width, Crop.Width), 0), top = Math.Max(CenterCrop.Offset(size.Height, Crop.Height), 0);
        RgbImage window = PilResize.ResizeWindow(image, size.Width, size.Height, left, top, width, height);
        return width == Crop.Width && height == Crop.Height ? window : CenterCrop.Apply(window, Crop);
    }

    /// <summary>torchvision's rule: the shorter side becomes Resize, the longer int(Resize * longer / shorter).</summary>
    /// <exception cref="ImageException">The longer side would exceed <see cref="int.MaxValue"/>.</exception>
    internal Size2D ResizedSize(int width, int height)
    {
        if (Resize is not int size) return (height, width);
        double longer = Math.Truncate((double)((long)size * Math.Max(width, height)) / Math.Min(width, height));
        if (longer > int.MaxValue)
        {
            throw new ImageException("pixels", $"{width} x {height} pixels are too narrow to resize the shorter side to {size}", innerException: null);
        }
        return width <= height ? ((int)longer, size) : (size, (int)longer);
    }
}
