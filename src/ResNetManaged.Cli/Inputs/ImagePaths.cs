using System.CommandLine;
using ResNetManaged.Cli.Errors;
using ResNetManaged.Cli.Options;
using ResNetManaged.Cli.Output;
using ResNetManaged.Imaging;
using ResNetManaged.Preprocessing;

namespace ResNetManaged.Cli.Inputs;

/// <summary>The PATH arguments: image files, folders of images, and standard input.</summary>
internal static class ImagePaths
{
    private const string StandardInput = "-";

    public static Argument<string[]> CreateArgument(string description)
    {
        Argument<string[]> paths = new("PATH") { Description = description, Arity = ArgumentArity.OneOrMore };
        paths.Validators.Add(OptionRules.RefuseUnknownOptions);
        return paths;
    }

    /// <summary>All images; those of a folder are sorted by name. Only folders are read.</summary>
    /// <exception cref="UsageException">Standard input is named twice.</exception>
    /// <exception cref="CommandFailedException">A name is empty, or a folder has no images.</exception>
    public static List<ImageSource> Expand(string[] paths, ImageFileOptions options, Session session)
    {
        if (paths.Count(path => path == StandardInput) > 1) throw new UsageException("standard input, -, can be read only once");
        return [.. paths.SelectMany(path => path == StandardInput
            ? [new ImageSource(path, () => Read(session.Terminal, options))]
            : Files(path, session).Select(file => ImageSource.File(file, options)))];
    }

    /// <summary>All files, each once; standard input is not allowed.</summary>
    /// <exception cref="CommandFailedException">A name is empty, or a folder has no images.</exception>
    public static List<string> Files(IEnumerable<string> paths, Session session) => [.. paths.SelectMany(path => Files(path, session)).Distinct(StringComparer.Ordinal)];

    private static IReadOnlyList<string> Files(string path, Session session)
    {
        if (path.Length == 0) throw new CommandFailedException("the name of an image is empty");
        if (!Directory.Exists(path)) return [path];
        IReadOnlyList<string> files = ImageFolder.FindFiles(path);
        if (ImageFolder.DescribeOthers(ImageFolder.FindOthers(path)) is string others) session.Warn($"'{path}': {others}");
        return files.Count > 0 ? files : throw new CommandFailedException($"the folder '{path}' has no JPEG, PNG, BMP or GIF files");
    }

    private static RgbImage Read(Terminal terminal, ImageFileOptions options)
    {
        using Stream input = terminal.OpenInput();
        return ImageFile.Load(input, options);
    }
}
