namespace ResNetManaged.Preprocessing;

/// <summary>An image file cannot be read: it is missing, damaged, truncated, too large, or in an unsupported format.</summary>
/// <remarks>The message is one line: the image's name, then the reason.</remarks>
public sealed class ImageException : IOException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="imageName">The file's path, or a stand-in such as <c>stream</c> or <c>bytes</c>.</param>
    /// <param name="reason">What is wrong, as a clause without the image's name.</param>
    /// <param name="innerException">The cause, if there is one.</param>
    /// <param name="failure">The kind of failure.</param>
    public ImageException(string imageName, string reason, Exception? innerException, ImageFailure failure = ImageFailure.Damaged)
        : base($"Image '{imageName}': {reason}.", innerException)
    {
        ImageName = imageName;
        Reason = reason;
        Failure = failure;
    }

    /// <summary>The file's path, or a stand-in such as <c>stream</c> or <c>bytes</c>.</summary>
    public string ImageName { get; }

    /// <summary>What is wrong, without the image's name.</summary>
    public string Reason { get; }

    /// <summary>The kind of failure, for programs.</summary>
    public ImageFailure Failure { get; }
}
