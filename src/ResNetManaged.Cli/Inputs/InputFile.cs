using ResNetManaged.Cli.Errors;
using ResNetManaged.Tensors.IO;

namespace ResNetManaged.Cli.Inputs;

/// <summary>Checks paths before they are used, for better messages than the operating system's.</summary>
internal static class InputFile
{
    /// <summary>Checks that a file exists and that opening it will not wait forever.</summary>
    /// <exception cref="CommandFailedException">It does not exist, or is a folder, empty, or a pipe with a name.</exception>
    public static void Require(string path)
    {
        if (Directory.Exists(path)) throw new CommandFailedException($"'{path}' is a folder; expected a file");
        if (!File.Exists(path)) throw new CommandFailedException($"there is no file '{path}'");
        if (FileKind.FaultOf(path) is string fault) throw new CommandFailedException($"'{path}' {fault}; {FileKind.Expected}");
    }

    /// <summary>Checks that a network's weights exist: a file, or a folder of Hugging Face's or timm's.</summary>
    /// <exception cref="CommandFailedException">There is neither.</exception>
    public static void RequireWeights(string path)
    {
        if (!Path.Exists(path)) throw new CommandFailedException($"there is no file '{path}'{WeightsPath.HintFor(path)}");
    }

    /// <summary>Checks that a file can be created.</summary>
    /// <exception cref="CommandFailedException">Its folder does not exist, or it is a folder or a named pipe.</exception>
    public static void RequireWritable(string path)
    {
        if (path.Length == 0) throw new CommandFailedException("the name of the file to write is empty");
        if (Directory.Exists(path)) throw new CommandFailedException($"'{path}' is a folder; expected the name of a file to write");
        if (FileKind.IsNamedPipe(path)) throw new CommandFailedException($"cannot write '{path}': it is a named pipe; expected a file");
        string? folder = Path.GetDirectoryName(Path.GetFullPath(path));
        if (!Directory.Exists(folder)) throw new CommandFailedException($"cannot write '{path}': there is no folder '{folder}'");
    }
}
