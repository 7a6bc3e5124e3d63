using ResNetManaged.Cli.Errors;

namespace ResNetManaged.Cli.Inputs;

/// <summary>Checks paths before anything is done with them, for messages better than the operating system's.</summary>
internal static class InputFile
{
    private const int MaxTextLength = 1 << 21; // the names of ImageNet's 21,841 classes take half of it

    /// <summary>Checks that there is a file of that name.</summary>
    /// <exception cref="InputException">There is none, or it is a folder.</exception>
    public static void Require(string path)
    {
        if (Directory.Exists(path)) throw new InputException($"'{path}' is a folder; expected a file");
        if (!File.Exists(path)) throw new InputException($"there is no file '{path}'");
    }

    /// <summary>The lines of a short text file, such as the names of classes.</summary>
    /// <exception cref="InputException">It is too long for one; no more of it is read than shows that.</exception>
    public static string[] ReadLines(string path)
    {
        char[] text = new char[MaxTextLength + 1];
        using StreamReader file = new(path);
        int length = file.ReadBlock(text);
        if (length > MaxTextLength) throw new InputException($"'{path}' has more than {MaxTextLength} characters; expected a short text");
        List<string> lines = [];
        using StringReader reader = new(new string(text, 0, length));
        while (reader.ReadLine() is string line) lines.Add(line);
        return [.. lines];
    }

    /// <summary>Checks that a file of that name can come to be.</summary>
    /// <exception cref="InputException">Its folder is missing, or it is a folder itself.</exception>
    public static void RequireWritable(string path)
    {
        if (path.Length == 0) throw new InputException("the name of the file to write is empty");
        if (Directory.Exists(path)) throw new InputException($"'{path}' is a folder; expected the name of a file to write");
        string? folder = Path.GetDirectoryName(Path.GetFullPath(path));
        if (!Directory.Exists(folder)) throw new InputException($"cannot write '{path}': there is no folder '{folder}'");
    }
}
