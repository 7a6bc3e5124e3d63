using ResNetManaged.Cli.Errors;
using ResNetManaged.Cli.Inputs;
using ResNetManaged.FineTuning;
using ResNetManaged.Models;
using ResNetManaged.Preprocessing;
using ResNetManaged.Search;

namespace ResNetManaged.Cli.Embedding;

/// <summary>A file of vectors to search, written by <c>resnet embed</c>.</summary>
internal static class IndexFile
{
    /// <summary>Reads the file.</summary>
    /// <exception cref="CommandFailedException">There is no such file, or its manifest names another network.</exception>
    public static EmbeddingIndex Load(string path, ResNet model, ImagePreset preset, Session session)
    {
        InputFile.Require(path);
        string? network = EmbeddingManifest.Find(path)?.Network;
        if (network is not null && network != FeatureKey.OfNetwork(model, preset, session.Execution))
            throw new CommandFailedException(
                $"the vectors in '{path}' are from another network, vector width or precision; write them again with resnet embed");
        return EmbeddingIndex.Load(path);
    }
}
