using ResNetManaged.Cli.Errors;
using ResNetManaged.Cli.Inputs;
using ResNetManaged.FineTuning;
using ResNetManaged.Models;
using ResNetManaged.Preprocessing;
using ResNetManaged.Search;

namespace ResNetManaged.Cli.Embedding;

/// <summary>A file of vectors that <c>resnet embed</c> wrote, to be searched.</summary>
internal static class IndexFile
{
    /// <summary>Reads it.</summary>
    /// <exception cref="InputException">There is no such file, or its manifest says that another network made the vectors.</exception>
    public static EmbeddingIndex Load(string path, ResNet model, ImagePreset preset, Session session)
    {
        InputFile.Require(path);
        string? network = EmbeddingManifest.Find(path)?.Network;
        if (network is not null && network != FeatureKey.OfNetwork(model, preset, session.Execution))
            throw new InputException($"the vectors in '{path}' are of another network, vector width or precision; make them anew with resnet embed");
        return EmbeddingIndex.Load(path);
    }
}
