using ResNetManaged.Preprocessing;

namespace ResNetManaged.Imaging;

/// <summary>A decoder's error; its message is the reason, as a clause without the image's name.</summary>
/// <remarks><see cref="ImageFile"/> adds the name and throws an <see cref="ImageException"/>.</remarks>
internal sealed class InvalidImageException : Exception
{
    public InvalidImageException(string message) : base(message) { }

    public InvalidImageException(string message, Exception innerException) : base(message, innerException) { }

    public InvalidImageException(string message, ImageFailure failure) : base(message) => Failure = failure;

    public ImageFailure Failure { get; }

    /// <summary>Whether the file ends too early.</summary>
    public bool IsTruncated { get; private init; }

    /// <summary>The error for a file that ends too early.</summary>
    public static InvalidImageException Truncated() => new("the file is truncated") { IsTruncated = true };

    /// <summary>Checks the size in a header before anything is allocated for it.</summary>
    public static void CheckSize(long width, long height, long pixelCap)
    {
        if (width <= 0 || height <= 0)
            throw new InvalidImageException(FormattableString.Invariant($"its header claims {width} x {height} pixels; expected at least 1 x 1"));
        if (width > int.MaxValue || height > int.MaxValue || width * height > Math.Min(pixelCap, Array.MaxLength / 3))
        {
            throw new InvalidImageException(
                FormattableString.Invariant($"its header claims {width} x {height} pixels; at most {pixelCap} are allowed"), ImageFailure.TooLarge);
        }
    }
}
