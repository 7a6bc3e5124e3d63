namespace ResNetManaged.Tensors.IO;

/// <summary>Writes files completely or not at all: to a temporary file in the same folder, flushed to disk, then moved over the target.</summary>
internal static class AtomicFile
{
    /// <summary>Writes a file; a file of that name is replaced only once the new one is on disk. Of a link, the file that it leads to is replaced.</summary>
    /// <param name="path">The file, or a device such as /dev/stdout, which is written directly.</param>
    /// <param name="write">Writes the content to the stream.</param>
    /// <exception cref="IOException">The file cannot be written, or is a named pipe.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        string target = Path.GetFullPath(path);
        if (IsDevice(target))
        {
            using FileStream device = new(target, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            write(device);
            return;
        }
        if (FileKind.IsNamedPipe(target)) throw new IOException($"cannot write '{path}': it is a named pipe; expected a file");
        target = Followed(target);
        string temporary = Stage(target, path, write);
        try
        {
            Move(temporary, target, path);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>Writes several files of a folder; none of them is replaced before all are on disk, and a folder that does not exist comes to be with all of them.</summary>
    /// <param name="folder">The folder; created with its parents if needed.</param>
    /// <param name="files">The files' names, and what writes their content.</param>
    /// <exception cref="IOException">A file cannot be written.</exception>
    public static void WriteAll(string folder, params IReadOnlyList<(string Name, Action<Stream> Write)> files)
    {
        string target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        foreach ((string name, _) in files)
        {
            if (Directory.Exists(Path.Combine(target, name))) throw new IOException($"cannot write '{Path.Combine(folder, name)}': it is a folder");
        }
        string? created = FirstMissing(target);
        List<string> staged = [];
        try
        {
            CreateFolder(target, folder);
            foreach ((string name, Action<Stream> write) in files) staged.Add(Stage(Path.Combine(target, name), Path.Combine(folder, name), write));
            foreach ((int i, (string name, _)) in files.Index()) Move(staged[i], Path.Combine(target, name), Path.Combine(folder, name));
        }
        catch
        {
            foreach (string temporary in staged) File.Delete(temporary);
            if (created is not null && Directory.Exists(created)) Directory.Delete(created, recursive: true);
            throw;
        }
    }

    /// <summary>Removes temporary files that a killed process left behind. No process may be writing the file meanwhile.</summary>
    public static void RemoveLeftovers(string path)
    {
        string target = Followed(Path.GetFullPath(path)), name = Path.GetFileName(target);
        foreach (string file in Directory.EnumerateFiles(Path.GetDirectoryName(target)!, "*.tmp"))
        {
            string middle = Path.GetFileNameWithoutExtension(file);
            if (middle.StartsWith(name + '.', StringComparison.Ordinal) && Guid.TryParseExact(middle[(name.Length + 1)..], "N", out _)) File.Delete(file);
        }
    }

    /// <summary>Writes a temporary file beside the target, to disk.</summary>
    /// <returns>Its path.</returns>
    private static string Stage(string target, string path, Action<Stream> write)
    {
        string temporary = $"{target}.{Guid.NewGuid():N}.tmp";
        try
        {
            using FileStream stream = new(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 1 << 16);
            write(stream);
            stream.Flush(flushToDisk: true);
            return temporary;
        }
        catch (Exception exception)
        {
            if (File.Exists(temporary)) File.Delete(temporary);
            if (IsOfFiles(exception) && exception.Message.Contains(temporary, StringComparison.Ordinal)) throw CannotWrite(path, temporary, exception);
            throw; // the content could not be made
        }
    }

    private static void Move(string temporary, string target, string path)
    {
        try
        {
            File.Move(temporary, target, overwrite: true);
        }
        catch (Exception exception) when (IsOfFiles(exception))
        {
            throw CannotWrite(path, target, exception);
        }
    }

    private static void CreateFolder(string target, string folder)
    {
        try
        {
            Directory.CreateDirectory(target);
        }
        catch (Exception exception) when (IsOfFiles(exception))
        {
            throw CannotWrite(folder, target, exception);
        }
    }

    /// <summary>The first folder on the way to a path that does not exist; null if the path does.</summary>
    private static string? FirstMissing(string path)
    {
        string? missing = null;
        for (string? part = path; part is not null && !Path.Exists(part); part = Path.GetDirectoryName(part)) missing = part;
        return missing;
    }

    /// <summary>The file that a link leads to, whether or not it exists; other paths as they are.</summary>
    public static string Followed(string path) =>
        new FileInfo(path) is { LinkTarget: not null } link && link.ResolveLinkTarget(returnFinalTarget: true) is FileInfo file ? file.FullName : path;

    private static bool IsOfFiles(Exception exception) => exception is IOException or UnauthorizedAccessException;

    /// <summary>An error that names the user's file instead of a temporary one.</summary>
    private static IOException CannotWrite(string path, string actual, Exception cause)
    {
        string reason = cause switch
        {
            UnauthorizedAccessException => "access is denied",
            FileNotFoundException or DirectoryNotFoundException => "its folder takes no files",
            PathTooLongException => "the name is too long",
            _ when Directory.Exists(actual) => "it is a folder",
            _ => Lowered(cause.Message.Replace($" : '{actual}'", "", StringComparison.Ordinal).TrimEnd('.')),
        };
        return new IOException($"cannot write '{path}': {reason}", cause);
    }

    private static string Lowered(string sentence) => sentence.Length > 0 ? char.ToLowerInvariant(sentence[0]) + sentence[1..] : sentence;

    /// <summary>Whether the path is a device such as /dev/null, which a move would replace for the whole machine.</summary>
    private static bool IsDevice(string path) => Path.GetDirectoryName(path) is "/dev" or "/dev/fd" or "/proc/self/fd";
}
