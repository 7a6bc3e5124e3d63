namespace ResNetManaged.Tensors.IO;

/// <summary>Tells files with content from pipes and devices without opening them, since opening a pipe that nothing writes to never returns.</summary>
internal static class FileKind
{
    /// <summary>Whether a path, or what it links to, is a file with a length: not an empty file, a pipe or a device.</summary>
    public static bool HasLength(string path)
    {
        FileInfo file = new(path);
        return (file.LinkTarget is null ? file : file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo) is { Exists: true, Length: > 0 };
    }

    /// <summary>Whether a path is an empty file or a pipe with a name. A pipe that a shell opened, such as /dev/fd/63, is neither.</summary>
    public static bool IsEmptyOrNamedPipe(string path) => File.Exists(path) && !IsDevice(path) && !HasLength(path);

    private static bool IsDevice(string path) => Path.GetFullPath(path) is string full
        && (full.StartsWith("/dev/", StringComparison.Ordinal) || full.StartsWith("/proc/", StringComparison.Ordinal));
}
