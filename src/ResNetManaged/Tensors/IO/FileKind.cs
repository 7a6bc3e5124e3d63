namespace ResNetManaged.Tensors.IO;

/// <summary>Tells files with content from pipes and devices without opening them for reading, since that never returns if nothing writes to a pipe.</summary>
internal static class FileKind
{
    /// <summary>What a path that has a fault should have been.</summary>
    public const string Expected = "expected a file, or a pipe that a shell opened, as <(command) does";

    /// <summary>Whether a path, or what it links to, is a file with a length: not an empty file, a pipe or a device.</summary>
    public static bool HasLength(string path) => LengthOf(path) > 0;

    /// <summary>The length in bytes of a file, or of the file that a link leads to; 0 if there is none.</summary>
    public static long LengthOf(string path) => Resolved(path) is { Exists: true } file ? file.Length : 0;

    /// <summary>
    /// Why a path must not be opened for reading, as a clause: it is an empty file, a pipe with a name, or a link to nothing. Null for other paths, and for a
    /// pipe that a shell opened, such as /dev/fd/63.
    /// </summary>
    public static string? FaultOf(string path)
    {
        if (!File.Exists(path) || IsDevice(path)) return null;
        FileInfo? file = Resolved(path);
        if (file is not { Exists: true }) return $"is a link to '{new FileInfo(path).LinkTarget}', which does not exist";
        if (file.Length > 0) return null;
        return IsPipe(path) switch { true => "is a named pipe", false => "is empty", null => "is empty, or a named pipe" };
    }

    /// <summary>Whether a path is known to be a pipe with a name.</summary>
    public static bool IsNamedPipe(string path) => File.Exists(path) && !IsDevice(path) && Resolved(path) is { Exists: true, Length: 0 } && IsPipe(path) == true;

    private static FileInfo? Resolved(string path)
    {
        FileInfo file = new(path);
        return file.LinkTarget is null ? file : file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo;
    }

    /// <summary>Whether a path without a length is a pipe; null if that cannot be known. Opening a pipe for reading and writing returns at once.</summary>
    private static bool? IsPipe(string path)
    {
        try
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            return !file.CanSeek;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static bool IsDevice(string path) => Path.GetFullPath(path) is string full
        && (full.StartsWith("/dev/", StringComparison.Ordinal) || full.StartsWith("/proc/", StringComparison.Ordinal));
}
