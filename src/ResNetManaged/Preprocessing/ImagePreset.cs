using ResNetManaged.Tensors;

namespace ResNetManaged.Preprocessing;

/// <summary>How an image becomes a network's input: resize, crop the center, normalize.</summary>
/// <remarks>
/// The result equals torchvision's Resize, CenterCrop, ToTensor and Normalize, or timm's transforms for evaluation, on the same RGB image, bit for bit.
/// Immutable and thread-safe; use <c>with</c> for variations: <c>ImagePreset.ImageNet with { Crop = 288, CropPct = 1 }</c>.
/// </remarks>
public sealed record ImagePreset
{
    private readonly int? _resize = 256; // null if there is a share
    private readonly double? _cropPct;
    private readonly Interpolation _interpolation;
    private readonly CropMode _cropMode;
    private readonly Size2D _crop = 224;
    private readonly RgbValues _std = new(0.229f, 0.224f, 0.225f);

    /// <summary>torchvision's IMAGENET1K_V1: resize the shorter side to 256, crop 224 x 224.</summary>
    public static ImagePreset ImageNet { get; } = new();

    /// <summary>torchvision's IMAGENET1K_V2: resize the shorter side to 232, crop 224 x 224.</summary>
    public static ImagePreset ImageNetV2 { get; } = new() { Resize = 232 };

    /// <summary>For CIFAR: 32 x 32, which leaves the dataset's own images unresized, with ImageNet's mean and standard deviation.</summary>
    public static ImagePreset Cifar10 { get; } = new() { Resize = 32, Crop = 32 };

    /// <summary>
    /// The length in pixels to which the shorter side is resized, or as <see cref="CropMode"/> says; null for no resizing. Default: 256. Setting it
    /// clears <see cref="CropPct"/>.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The length is below 1.</exception>
    public int? Resize
    {
        get => _cropPct is null ? _resize : (int)Math.Min(Math.Floor(Math.Min(Crop.Height, Crop.Width) / _cropPct.Value), int.MaxValue);
        init
        {
            if (value is int side) ArgumentOutOfRangeException.ThrowIfNegativeOrZero(side, nameof(Resize));
            (_resize, _cropPct) = (value, null);
        }
    }

    /// <summary>
    /// The share of the resized image's side that the crop keeps, timm's <c>crop_pct</c>, above 0 and at most 1: <see cref="Resize"/> is then the crop's
    /// side divided by it, rounded down, and follows <see cref="Crop"/>. Null, the default, if <see cref="Resize"/> is given itself; setting null keeps it.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The share is not above 0 and at most 1.</exception>
    public double? CropPct
    {
        get => _cropPct;
        init
        {
            if (value is double share && !(share is > 0 and <= 1))
                throw new ArgumentOutOfRangeException(nameof(CropPct), share, "ImagePreset.CropPct: expected a share above 0 and at most 1.");
            (_resize, _cropPct) = (value is null ? Resize : null, value);
        }
    }

    /// <summary>The filter for resizing. Default: <see cref="Interpolation.Bilinear"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such filter.</exception>
    public Interpolation Interpolation
    {
        get => _interpolation;
        init => _interpolation = Enum.IsDefined(value) ? value
            : throw new ArgumentOutOfRangeException(nameof(Interpolation), value, "ImagePreset.Interpolation: there is no such filter.");
    }

    /// <summary>How images of other aspect ratios than the crop's fit into it. Default: <see cref="CropMode.Center"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such mode.</exception>
    public CropMode CropMode
    {
        get => _cropMode;
        init => _cropMode = Enum.IsDefined(value) ? value
            : throw new ArgumentOutOfRangeException(nameof(CropMode), value, "ImagePreset.CropMode: there is no such mode.");
    }

    /// <summary>The size of the center crop in pixels; smaller images are padded, with black except in <see cref="CropMode.Border"/>. Default: 224 x 224.</summary>
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

    /// <summary>The mean to subtract from pixels scaled to 0..1. Default: ImageNet's 0.485, 0.456, 0.406.</summary>
    public RgbValues Mean { get; init; } = new(0.485f, 0.456f, 0.406f);

    /// <summary>The standard deviation to divide by. Default: ImageNet's 0.229, 0.224, 0.225.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is 0.</exception>
    public RgbValues Std
    {
        get => _std;
        init
        {
            if (value.Red == 0 || value.Green == 0 || value.Blue == 0)
                throw new ArgumentOutOfRangeException(nameof(Std), $"ImagePreset.Std: got {value}; expected no 0, since it is a divisor.");
            _std = value;
        }
    }

    /// <summary>The number of elements of one image's input: 3 * crop height * crop width.</summary>
    internal int ElementCount => checked(RgbImage.Channels * Crop.Height * Crop.Width);

    /// <summary>Preprocesses one image.</summary>
    /// <param name="image">The image; it is not modified.</param>
    /// <returns>A tensor [1, 3, H, W] with the crop's height and width.</returns>
    public Tensor Apply(RgbImage image) => Apply([image]);

    /// <summary>Preprocesses a batch of images, which may differ in size.</summary>
    /// <param name="images">The images, at least one; they are not modified.</param>
    /// <returns>A tensor [N, 3, H, W] with the crop's height and width.</returns>
    public Tensor Apply(IReadOnlyList<RgbImage> images)
    {
        ArgumentNullException.ThrowIfNull(images);
        Tensor batch = Tensor.Zeros([images.Count, RgbImage.Channels, Crop.Height, Crop.Width]);
        for (int i = 0; i < images.Count; i++) Apply(images[i], batch.Span.Slice(i * ElementCount, ElementCount));
        return batch;
    }

    /// <summary>Preprocesses one image into its slot of a batch, so that several threads can fill a batch.</summary>
    /// <param name="image">The image; it is not modified.</param>
    /// <param name="destination">[3, H, W] with the crop's height and width: exactly <see cref="ElementCount"/> elements.</param>
    /// <exception cref="ArgumentException">The destination has a different length.</exception>
    internal void Apply(RgbImage image, Span<float> destination)
    {
        ArgumentNullException.ThrowIfNull(image);
        CheckLength(destination);
        Normalize.ToPlanes(ResizeAndCrop(image).Pixels, Mean, Std, destination);
    }

    /// <summary>Preprocesses an image that is decoded meanwhile; only the pixels that the crop depends on are read.</summary>
    /// <returns>A tensor [1, 3, H, W] with the crop's height and width.</returns>
    internal Tensor Apply(IPixelSource source)
    {
        RgbImage input = ResizeAndCrop(source);
        Tensor batch = Tensor.Zeros([1, RgbImage.Channels, Crop.Height, Crop.Width]);
        Normalize.ToPlanes(input.Pixels, Mean, Std, batch.Span);
        return batch;
    }

    /// <summary>Preprocesses raw pixels, such as an image that another library decoded. The pixels are read in place, without a copy.</summary>
    /// <param name="pixels">The rows, top row first unless the stride is negative. The last row needs no padding.</param>
    /// <param name="width">The number of pixels in a row, at least 1.</param>
    /// <param name="height">The number of rows, at least 1.</param>
    /// <param name="format">The layout of a pixel; alpha is dropped.</param>
    /// <param name="stride">The bytes from one row to the next, as in <see cref="RgbImage.FromPixels"/>; 0 if rows are contiguous.</param>
    /// <returns>A tensor [1, 3, H, W] with the crop's height and width.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A side is below 1, the format is unknown, or the stride is shorter than a row.</exception>
    /// <exception cref="ArgumentException">There are too few bytes for the rows.</exception>
    internal Tensor Apply(ReadOnlySpan<byte> pixels, int width, int height, PixelFormat format, int stride = 0)
    {
        RgbImage input = ResizeAndCrop(new PixelViewSource(new PixelView(pixels, width, height, format, stride)));
        Tensor batch = Tensor.Zeros([1, RgbImage.Channels, Crop.Height, Crop.Width]);
        Normalize.ToPlanes(input.Pixels, Mean, Std, batch.Span);
        return batch;
    }

    private void CheckLength(Span<float> destination)
    {
        if (destination.Length != ElementCount)
        {
            throw new ArgumentException(
                $"ImagePreset.Apply: the destination has {destination.Length} elements; expected [3, {Crop.Height}, {Crop.Width}] = {ElementCount}.",
                nameof(destination));
        }
    }

    /// <summary>The 8-bit half of the work: resized and cropped, not yet normalized. Returns the image itself if nothing changes.</summary>
    internal RgbImage ResizeAndCrop(RgbImage image)
    {
        Size2D size = (image.Height, image.Width);
        return size == Crop && size == ResizedSize(image.Width, image.Height) ? image : ResizeAndCrop(new PixelViewSource(new PixelView(image)));
    }

    private RgbImage ResizeAndCrop<TSource>(TSource image) where TSource : IPixelSource, allows ref struct
    {
        Size2D size = ResizedSize(image.Width, image.Height);
        // Compute only the part of the resized image that the crop keeps.
        int width = Math.Min(size.Width, Crop.Width), height = Math.Min(size.Height, Crop.Height);
        int left = Math.Max(CenterCrop.Offset(size.Width, Crop.Width), 0), top = Math.Max(CenterCrop.Offset(size.Height, Crop.Height), 0);
        RgbImage window = PilResize.ResizeWindow(image, size.Width, size.Height, left, top, width, height, Interpolation);
        if (width == Crop.Width && height == Crop.Height) return window;
        return CenterCrop.Apply(window, Crop, CropMode == CropMode.Border ? [Level(Mean.Red), Level(Mean.Green), Level(Mean.Blue)] : []);

        static byte Level(float mean) => (byte)Math.Clamp(Math.Round(byte.MaxValue * (double)mean), byte.MinValue, byte.MaxValue);
    }

    /// <summary>The size to which an image is resized before the crop.</summary>
    /// <exception cref="ImageException">A side would exceed <see cref="int.MaxValue"/>.</exception>
    internal Size2D ResizedSize(int width, int height)
    {
        if (Resize is not int size) return (height, width);
        return CropMode switch
        {
            CropMode.Squash => Box(size),
            CropMode.Border => Inside(Box(size), width, height),
            _ => ShorterSide(size, width, height),
        };
    }

    /// <summary>torchvision's rule: the shorter side becomes the given length, the longer one int(length * longer / shorter).</summary>
    private static Size2D ShorterSide(int size, int width, int height)
    {
        double longer = Math.Truncate((double)((long)size * Math.Max(width, height)) / Math.Min(width, height));
        if (longer > int.MaxValue)
        {
            throw new ImageException("pixels", $"{width} x {height} pixels are too narrow to resize the shorter side to {size}", innerException: null);
        }
        return width <= height ? ((int)longer, size) : (size, (int)longer);
    }

    /// <summary>timm's rule: the largest size of the same aspect ratio inside a box, rounded half to even.</summary>
    private static Size2D Inside(Size2D box, int width, int height)
    {
        double ratio = Math.Max((double)height / box.Height, (double)width / box.Width);
        return (Math.Max((int)Math.Round(height / ratio), 1), Math.Max((int)Math.Round(width / ratio), 1));
    }

    /// <summary>The crop enlarged so that its shorter side has the given length.</summary>
    private Size2D Box(int size)
    {
        long shorter = Math.Min(Crop.Height, Crop.Width);
        return (Enlarged(Crop.Height), Enlarged(Crop.Width));

        int Enlarged(int side) => (int)Math.Clamp(size * (long)side / shorter, 1, int.MaxValue);
    }
}
