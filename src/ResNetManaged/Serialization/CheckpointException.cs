using ResNetManaged.Tensors.IO;

namespace ResNetManaged.Serialization;

/// <summary>A checkpoint is damaged, of a kind that is not read, or does not fit.</summary>
/// <remarks>
/// The message is one line and names the file, the entry in it, what was found and what was expected:
/// <c>Checkpoint 'resnet50.safetensors': 'fc.weight' has shape [10, 2048]; the model expects [1000, 2048].</c>
/// </remarks>
public sealed class CheckpointException : Exception
{
    /// <summary>Creates the exception without a message.</summary>
    public CheckpointException() { }

    /// <summary>Creates the exception with a message.</summary>
    /// <param name="message">The file, the entry, what was found, what was expected.</param>
    public CheckpointException(string message) : base(message) { }

    /// <summary>Creates the exception with a message and its cause.</summary>
    /// <param name="message">The file, the entry, what was found, what was expected.</param>
    /// <param name="innerException">The cause.</param>
    public CheckpointException(string message, Exception? innerException) : base(message, innerException) { }

    /// <summary>Creates the exception from its parts.</summary>
    /// <param name="file">The file's path, or the stream's name.</param>
    /// <param name="entry">The tensor, or the part of the file; null when the file as a whole is meant.</param>
    /// <param name="found">What was found: <c>has shape [10, 2048]</c>.</param>
    /// <param name="expected">What was expected: <c>the model expects [1000, 2048]</c>.</param>
    /// <param name="innerException">The cause, if another exception told.</param>
    public CheckpointException(string file, string? entry, string found, string expected, Exception? innerException = null)
        : base(Compose(file, entry, found, expected), innerException)
    {
        File = file;
        Entry = entry;
    }

    /// <summary>The file's path, or the stream's name.</summary>
    public string? File { get; }

    /// <summary>The tensor, or the part of the file, that is at fault.</summary>
    public string? Entry { get; }

    private static string Compose(string file, string? entry, string found, string expected)
    {
        string subject = entry is null ? "" : $"'{UntrustedText.Printable(entry)}' ";
        return $"Checkpoint '{file}': {subject}{found}; {expected}.";
    }
}
