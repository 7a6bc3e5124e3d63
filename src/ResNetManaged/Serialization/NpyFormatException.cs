namespace ResNetManaged.Serialization;

/// <summary>A <c>.npy</c> file is damaged or of an unsupported kind.</summary>
/// <remarks>The message is one line and names the file, what was found and what was expected.</remarks>
public sealed class NpyFormatException : FormatException
{
    /// <summary>Creates the exception with a message.</summary>
    /// <param name="message">One line: the file, what was found, and what was expected.</param>
    internal NpyFormatException(string message) : base(message) { }

    /// <summary>Creates the exception from its parts.</summary>
    /// <param name="file">The file's path, or the stream's name.</param>
    /// <param name="found">What was found: <c>has 12 bytes of data</c>.</param>
    /// <param name="expected">What was expected: <c>shape [2, 2] of '&lt;f4' needs 16</c>.</param>
    internal NpyFormatException(string file, string found, string expected) : base($"Array '{file}': {found}; {expected}.") { }
}
