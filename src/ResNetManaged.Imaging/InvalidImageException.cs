using ResNetManaged.Preprocessing;

namespace ResNetManaged.Imaging;

/// <summary>What a decoder throws: the reason, as half a sentence.</summary>
/// <remarks><see cref="ImageFile"/> adds the name and makes it an <see cref="ImageException"/>.</remarks>
internal sealed class InvalidImageException : Exception
{
    public InvalidImageException(string message) : base(message) { }

    public InvalidImageException(string message, Exception innerException) : base(message, innerException) { }

    public InvalidImageException(string message, ImageFailure failure) : base(message) => Failure = failure;

    public ImageFailure Failure { get; }

    /// <summary>The file ends where more data must follow.</summary>
    public static InvalidImageException Truncated() => new("the file is truncated");

    /// <summary>Checks a header's size before anything is allocated for it.</summary>
    public static void CheckSize(long width, long height, long pixelCap)
    {
        if (width <= 0 || height <= 0)
            throw new InvalidImageException(FormattableString.Invariant($"its header says {width} x {height} pixels; both must be at least 1"));
        if (width > int.MaxValue || height > int.MaxValue || width * height > Math.Min(pixelCap, Array.MaxLength / 3))
        {
            throw new InvalidImageException(
                FormattableString.Invariant($"its header says {width} x {height} pixels; at most {pixelCap} pixels are decoded"), ImageFailure.TooLarge);
        }
    }
}
