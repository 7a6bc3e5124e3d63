using ResNetManaged.Cli.Errors;
using ResNetManaged.Pretrained;

namespace ResNetManaged.Cli.Inputs;

/// <summary>Turns what follows <c>--weights</c> into a path: a path, or the name of a network that <c>resnet pull</c> has fetched.</summary>
internal static class WeightsPath
{
    /// <summary>What the names look like, for help texts.</summary>
    public const string Names = "torchvision:NAME, hf:OWNER/REPO or an address, which 'resnet pull' has fetched";

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
