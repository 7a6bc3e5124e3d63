using System.IO.Enumeration;

namespace ResNetManaged.Imaging;

/// <summary>Finds image files in folders.</summary>
public static class ImageFolder
{
    private static readonly string[] Extensions = [".jpg", ".jpeg", ".png", ".bmp", ".gif"];

    /// <summary>Finds the image files in a folder and its subfolders by their extensions.</summary>
    /// <remarks>Hidden files are skipped. Links to folders are not followed, so cycles do no harm.</remarks>
    /// <param name="folder">The folder.</param>
    /// <returns>Paths that start with <paramref name="folder"/>, in ordinal order.</returns>
    /// <exception cref="DirectoryNotFoundException">The folder does not exist.</exception>
    /// <exception cref="UnauthorizedAccessException">Access to the folder or a subfolder is denied.</exception>
    public static IReadOnlyList<string> FindFiles(string folder) => Find(folder, IsImage);

    /// <summary>Finds the picture files that <see cref="FindFiles"/> leaves out because their format is not read, such as WebP.</summary>
    internal static IReadOnlyList<string> FindOthers(string folder) => Find(folder, OtherFormat.IsNamed);

    /// <summary>A clause about pictures that are left out; null if there are none.</summary>
    internal static string? DescribeOthers(IReadOnlyList<string> others) => others.Count == 0 ? null
        : $"{(others.Count == 1 ? "a picture is" : $"{others.Count} pictures are")} left out that {(others.Count == 1 ? "is" : "are")} not JPEG, PNG, BMP or GIF: "
            + (others.Count == 1 ? $"'{others[0]}'" : $"'{others[0]}' and others");

    private static string[] Find(string folder, IsWanted isWanted)
    {
        EnumerationOptions options = new() { RecurseSubdirectories = true, IgnoreInaccessible = false, AttributesToSkip = FileAttributes.Hidden };
        FileSystemEnumerable<string> files = new(folder, (ref FileSystemEntry entry) => entry.ToSpecifiedFullPath(), options)
        {
            ShouldIncludePredicate = (ref FileSystemEntry entry) => !entry.IsDirectory && isWanted(entry.FileName),
            ShouldRecursePredicate = (ref FileSystemEntry entry) => !entry.Attributes.HasFlag(FileAttributes.ReparsePoint),
        };
        string[] sorted = [.. files];
        Array.Sort(sorted, StringComparer.Ordinal);
        return sorted;
    }

    private delegate bool IsWanted(ReadOnlySpan<char> name);

    /// <summary>Whether a file's name has an image's extension.</summary>
    internal static bool IsImage(ReadOnlySpan<char> name)
    {
        ReadOnlySpan<char> extension = Path.GetExtension(name);
        foreach (string known in Extensions)
        {
            if (extension.Equals(known, StringComparison.OrdinalIgnoreCase)) return true;
        }
        return false;
    }
}
