using ResNetManaged.Imaging;

namespace ResNetManaged.Cli;

/// <summary>The images that a command is given: files, folders, standard input.</summary>
internal static class InputImages
{
    public const string StandardInput = "-";

    /// <summary>All files that paths stand for, a folder for all in it.</summary>
    /// <exception cref="InputException">A name is empty, or a folder has no images.</exception>
    /// <exception cref="UsageException">Standard input is there twice.</exception>
    public static List<string> Expand(IReadOnlyCollection<string> paths)
    {
        if (paths.Count(path => path == StandardInput) > 1) throw new UsageException("standard input, -, can be read only once");
        return [.. paths.SelectMany(Expand)];
    }

    /// <summary>Reads an image.</summary>
    public static RgbImage Load(string file, Terminal terminal)
    {
        if (file != StandardInput) return ImageFile.Load(file);
        using Stream input = terminal.OpenInput();
        return ImageFile.Load(input);
    }

    /// <summary>Why nothing came of an image, on a line that names it.</summary>
    public static string Describe(string file, Exception exception) =>
        $"{Errors.OneLine(file)}: {Errors.OneLine((exception as ImageException)?.Reason ?? Errors.Describe(exception))}";

    private static IEnumerable<string> Expand(string path)
    {
        if (path.Length == 0) throw new InputException("the name of an image is empty");
        if (!Directory.Exists(path)) return [path];
        IReadOnlyList<string> files = ImageFolder.FindFiles(path);
        return files.Count > 0 ? files : throw new InputException($"the folder '{path}' has no JPEG, PNG, BMP or GIF files");
    }
}
