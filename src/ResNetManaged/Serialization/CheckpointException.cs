using ResNetManaged.Tensors.IO;

namespace ResNetManaged.Serialization;

/// <summary>A checkpoint, or a file of class names or name rules, is damaged, of an unsupported kind, or does not fit the network.</summary>
/// <remarks>
/// The message is one line and names the file, the entry in it, what was found and what was expected:
/// <c>Checkpoint 'resnet50.safetensors': 'fc.weight' has shape [10, 2048]; the model expects [1000, 2048].</c>
/// </remarks>
public sealed class CheckpointException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="file">The file's path, or the stream's name.</param>
    /// <param name="entry">The tensor or the part of the file at fault; null for the file as a whole.</param>
    /// <param name="found">What was found: <c>has shape [10, 2048]</c>.</param>
    /// <param name="expected">What was expected: <c>the model expects [1000, 2048]</c>.</param>
    /// <param name="innerException">The cause, if there is one.</param>
    /// <param name="kind">What the file is.</param>
    internal CheckpointException(string file, string? entry, string found, string expected, Exception? innerException = null, string kind = "Checkpoint")
        : base(Compose(kind, file, entry, found, expected), innerException)
    {
        File = file;
        Entry = entry;
        Fault = $"{Subject(entry)}{found}; {expected}";
    }

    /// <summary>The file's path, or the stream's name.</summary>
    public string File { get; }

    /// <summary>The tensor or the part of the file at fault; null for the file as a whole.</summary>
    public string? Entry { get; }

    /// <summary>The message without the file, as a clause.</summary>
    internal string Fault { get; }

    private static string Compose(string kind, string file, string? entry, string found, string expected) =>
        $"{kind} '{file}': {Subject(entry)}{found}; {expected}.";

    private static string Subject(string? entry) => entry is null ? "" : $"'{UntrustedText.Printable(entry)}' ";
}
