using System.Globalization;

namespace ResNetManaged.Search;

/// <summary>A file that has been embedded.</summary>
/// <param name="File">Its path, as given.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Modified">When it was last written, in UTC, to 100 ns; empty if there was no such file.</param>
internal sealed record EmbeddedFile(string File, long Bytes, string Modified)
{
    /// <summary>Whether the file existed.</summary>
    public bool Existed => Modified.Length > 0;

    /// <summary>Describes a file as it is now.</summary>
    public static EmbeddedFile Of(string path)
    {
        FileInfo info = new(path);
        return info.Exists
            ? new EmbeddedFile(path, info.Length, info.LastWriteTimeUtc.ToString("O", CultureInfo.InvariantCulture))
            : new EmbeddedFile(path, 0, "");
    }
}
