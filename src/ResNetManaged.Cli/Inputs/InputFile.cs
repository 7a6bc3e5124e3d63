using ResNetManaged.Cli.Errors;

namespace ResNetManaged.Cli.Inputs;

/// <summary>Checks paths before they are used, for better messages than the operating system's.</summary>
internal static class InputFile
{
    private const int MaxTextLength = 1 << 21; // the names of ImageNet's 21,841 classes take half of it

    /// <summary>Checks that a file exists.</summary>
    /// <exception cref="CommandFailedException">It does not exist, or is a folder.</exception>
    public static void Require(string path)
    {
        if (Directory.Exists(path)) throw new CommandFailedException($"'{path}' is a folder; expected a file");
        if (!File.Exists(path)) throw new CommandFailedException($"there is no file '{path}'");
    }

    /// <summary>Checks that a network's weights exist: a file, or a folder of Hugging Face's or timm's.</summary>
    /// <exception cref="CommandFailedException">There is neither.</exception>
    public static void RequireWeights(string path)
    {
        if (!Path.Exists(path)) throw new CommandFailedException($"there is no file '{path}'");
    }

    /// <summary>Reads the lines of a short text file, such as class names.</summary>
    /// <exception cref="CommandFailedException">It is too long; the rest of it is not read.</exception>
    public static string[] ReadLines(string path)
    {
        char[] text = new char[MaxTextLength + 1];
        using StreamReader file = new(path);
        int length = file.ReadBlock(text);
        if (length > MaxTextLength) throw new CommandFailedException($"'{path}' has more than {MaxTextLength} characters; expected a short text file");
        List<string> lines = [];
        using StringReader reader = new(new string(text, 0, length));
        while (reader.ReadLine() is string line) lines.Add(line);
        return [.. lines];
    }

    /// <summary>Checks that a file can be created.</summary>
    /// <exception cref="CommandFailedException">Its folder does not exist, or it is a folder.</exception>
    public static void RequireWritable(string path)
    {
        if (path.Length == 0) throw new CommandFailedException("the name of the file to write is empty");
        if (Directory.Exists(path)) throw new CommandFailedException($"'{path}' is a folder; expected the name of a file to write");
        string? folder = Path.GetDirectoryName(Path.GetFullPath(path));
        if (!Directory.Exists(folder)) throw new CommandFailedException($"cannot write '{path}': there is no folder '{folder}'");
    }
}
