using ResNetManaged.Cli.Errors;
using ResNetManaged.Models;
using ResNetManaged.Pretrained;

namespace ResNetManaged.Cli.Inputs;

/// <summary>Turns what follows <c>--weights</c> into a path: a path, or the name of a network that <c>resnet pull</c> has fetched.</summary>
internal static class WeightsPath
{
    /// <summary>What the names look like, for help texts.</summary>
    public const string Names = "torchvision:NAME, hf:OWNER/REPO or an address, which 'resnet pull' has fetched";

    /// <summary>Whether a text ends like the name of a checkpoint's file.</summary>
    public static bool HasExtension(string text) =>
        Path.GetExtension(text) is ".pth" or ".pt" or ".th" or ".bin" or ".pkl" or ".ckpt" or ".tar" or ".gz" or ".safetensors" or ".onnx";

    /// <summary>What was probably meant by the name of a file that does not exist, to be added to the error; empty if nothing is likely.</summary>
    public static string HintFor(string text)
    {
        string torchvision = $"torchvision:{text}";
        if (PretrainedNetworks.Torchvision.Any(weights => weights.Architecture == text)) return $"; did you mean {torchvision}, which 'resnet pull {torchvision}' fetches?";
        if (ResNetVariants.Names.Contains(text)) return $"; '{text}' names a network without weights";
        string[] parts = text.Split('/');
        bool isRepository = parts is [{ Length: > 0 } owner, { Length: > 0 } name] && owner.All(IsOfName) && name.All(IsOfName) && !Directory.Exists(owner) && !HasExtension(name);
        return isRepository ? $"; did you mean hf:{text}, which 'resnet pull hf:{text}' fetches?" : "";

        static bool IsOfName(char character) => char.IsAsciiLetterOrDigit(character) || character is '-' or '_' or '.';
    }

    /// <summary>The file of weights. A file that has the name as its path comes first. It uses no network.</summary>
    /// <exception cref="UsageException">There is no such name.</exception>
    /// <exception cref="CommandFailedException">The network has not been fetched.</exception>
    public static string Of(string text)
    {
        if (!PretrainedNetworks.IsName(text) || Path.Exists(text)) return text;
        try
        {
            return PretrainedNetworks.Find(text)?.Path
                ?? throw new CommandFailedException($"'{text}' is not on this machine; fetch it once with: resnet pull {text}");
        }
        catch (PretrainedException exception) when (exception.Failure == PretrainedFailure.UnknownName)
        {
            throw new UsageException(exception.Message);
        }
    }
}
