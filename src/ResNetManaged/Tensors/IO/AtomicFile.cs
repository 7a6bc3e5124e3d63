namespace ResNetManaged.Tensors.IO;

/// <summary>Writes a file completely or not at all: to a temporary file beside it, flushed to disk, then moved over it.</summary>
internal static class AtomicFile
{
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
            File.Delete(temporary); // no error when it is not there
            throw;
        }
    }

    /// <summary>Removes what writing this file left behind when its process was killed; nobody may be writing it now.</summary>
    public static void RemoveLeftovers(string path)
    {
        string target = Path.GetFullPath(path), name = Path.GetFileName(target);
        foreach (string file in Directory.EnumerateFiles(Path.GetDirectoryName(target)!, "*.tmp"))
        {
            string middle = Path.GetFileNameWithoutExtension(file);
            if (middle.StartsWith(name + '.', StringComparison.Ordinal) && Guid.TryParseExact(middle[(name.Length + 1)..], "N", out _)) File.Delete(file);
        }
    }

    /// <summary>/dev/null, /dev/stdout and their like are written to: moving a file over them would replace them, for all on the machine.</summary>
    private static bool IsDevice(string path) => Path.GetDirectoryName(path) is "/dev" or "/dev/fd" or "/proc/self/fd";
}
