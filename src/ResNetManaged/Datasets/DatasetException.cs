namespace ResNetManaged.Datasets;

/// <summary>A dataset is damaged, empty, or unsuitable.</summary>
/// <remarks>The message is one line that names the file or folder, what was found and what was expected.</remarks>
public sealed class DatasetException : IOException
{
    /// <summary>Creates the exception, for data of your own.</summary>
    /// <param name="message">The file or folder, what was found, what was expected.</param>
    /// <param name="innerException">The cause, if there is another exception.</param>
    public DatasetException(string message, Exception? innerException = null) : base(message, innerException) { }

    /// <summary>Creates the exception from the parts of its message.</summary>
    /// <param name="path">The file or folder.</param>
    /// <param name="found">What was found, such as <c>has no images</c>.</param>
    /// <param name="expected">What was expected.</param>
    /// <param name="innerException">The cause; null if there is none.</param>
    internal DatasetException(string path, string found, string expected, Exception? innerException = null)
        : base($"Dataset '{path}': {found}; {expected}.", innerException)
    {
    }
}
