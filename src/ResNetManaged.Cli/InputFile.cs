namespace ResNetManaged.Cli;

/// <summary>Checks paths before anything is done with them, for messages better than the operating system's.</summary>
internal static class InputFile
{
    /// <summary>Checks that there is a file of that name.</summary>
    /// <exception cref="InputException">There is none, or it is a folder.</exception>
    public static void Require(string path)
    {
        if (Directory.Exists(path)) throw new InputException($"'{path}' is a folder; expected a file");
        if (!File.Exists(path)) throw new InputException($"there is no file '{path}'");
    }

    /// <summary>Checks that a file of that name can come to be.</summary>
    /// <exception cref="InputException">Its folder is missing, or it is a folder itself.</exception>
    public static void RequireWritable(string path)
    {
        if (Directory.Exists(path)) throw new InputException($"'{path}' is a folder; expected the name of a file to write");
        string? folder = Path.GetDirectoryName(Path.GetFullPath(path));
        if (!Directory.Exists(folder)) throw new InputException($"cannot write '{path}': there is no folder '{folder}'");
    }
}
