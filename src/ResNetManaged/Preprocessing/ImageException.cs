namespace ResNetManaged.Preprocessing;

/// <summary>An image file cannot be read: it is damaged, cut short, too large, or of a kind that is not supported.</summary>
/// <remarks>The message is one line: the image's name, then the reason.</remarks>
public sealed class ImageException : IOException
{
    /// <summary>Creates the exception without a message.</summary>
    public ImageException() { }

    /// <summary>Creates the exception with a message.</summary>
    /// <param name="message">The image's name and the reason.</param>
    public ImageException(string message) : base(message) { }

    /// <summary>Creates the exception with a message and its cause.</summary>
    /// <param name="message">The image's name and the reason.</param>
    /// <param name="innerException">The cause.</param>
    public ImageException(string message, Exception innerException) : base(message, innerException) { }

    /// <summary>Creates the exception for a named image.</summary>
    /// <param name="imageName">The file's path, or what stands for it: <c>stream</c>, <c>bytes</c>.</param>
    /// <param name="reason">What is wrong, as half a sentence.</param>
    /// <param name="innerException">The cause, where there is one.</param>
    /// <param name="failure">Which kind of reason it is.</param>
    public ImageException(string imageName, string reason, Exception? innerException, ImageFailure failure = ImageFailure.Damaged)
        : base($"Image '{imageName}': {reason}.", innerException)
    {
        ImageName = imageName;
        Reason = reason;
        Failure = failure;
    }

    /// <summary>The file's path, or what stands for it; null where only a message was given.</summary>
    public string? ImageName { get; }

    /// <summary>What is wrong, without the name; null where only a message was given.</summary>
    public string? Reason { get; }

    /// <summary>Which kind of reason it is, for programs.</summary>
    public ImageFailure Failure { get; }
}
