namespace ResNetManaged.Tensors.IO;

/// <summary>Writes files completely or not at all: to a temporary file in the same folder, flushed to disk, then moved over the target.</summary>
internal static class AtomicFile
{
    /// <summary>Writes a file; a file of that name is replaced only once the new one is on disk.</summary>
    /// <param name="path">The file, or a device such as /dev/stdout, which is written directly.</param>
    /// <param name="write">Writes the content to the stream.</param>
    public static void Write(string path, Action<Stream> write)
    {
        string target = Path.GetFullPath(path);
        if (IsDevice(target))
        {
            using FileStream device = new(target, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            write(device);
            return;
        }
        string temporary = $"{target}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (FileStream stream = new(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 1 << 16))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }
            File.Move(temporary, target, overwrite: true);
        }
        catch
        {
            File.Delete(temporary); // does nothing if it does not exist
            throw;
        }
    }

    /// <summary>Removes temporary files that a killed process left behind. No process may be writing the file meanwhile.</summary>
    public static void RemoveLeftovers(string path)
    {
        string target = Path.GetFullPath(path), name = Path.GetFileName(target);
        foreach (string file in Directory.EnumerateFiles(Path.GetDirectoryName(target)!, "*.tmp"))
        {
            string middle = Path.GetFileNameWithoutExtension(file);
            if (middle.StartsWith(name + '.', StringComparison.Ordinal) && Guid.TryParseExact(middle[(name.Length + 1)..], "N", out _)) File.Delete(file);
        }
    }

    /// <summary>Whether the path is a device such as /dev/null, which a move would replace for the whole machine.</summary>
    private static bool IsDevice(string path) => Path.GetDirectoryName(path) is "/dev" or "/dev/fd" or "/proc/self/fd";
}
