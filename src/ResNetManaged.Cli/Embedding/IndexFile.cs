using ResNetManaged.Cli.Errors;
using ResNetManaged.Cli.Inputs;
using ResNetManaged.FineTuning;
using ResNetManaged.Imaging;
using ResNetManaged.Inference;
using ResNetManaged.Models;
using ResNetManaged.Search;

namespace ResNetManaged.Cli.Embedding;

/// <summary>A file of vectors to search, written by <c>resnet embed</c>.</summary>
internal static class IndexFile
{
    /// <summary>Reads the file.</summary>
    /// <exception cref="CommandFailedException">There is no such file, or its manifest names another network.</exception>
    public static EmbeddingIndex Load(string path, ImageNetwork model, ImageFileOptions reading, Session session)
    {
        InputFile.Require(path);
        string? network = EmbeddingManifest.Find(path)?.Network;
        if (network is not null && network != NetworkKey(model, reading, session))
            throw new CommandFailedException(
                $"the vectors in '{path}' are from another network, preprocessing, vector width or precision; write them again with resnet embed");
        return EmbeddingIndex.Load(path);
    }

    /// <summary>Identifies everything that determines the vector of a file: the weights, the preprocessing and the arithmetic.</summary>
    public static string NetworkKey(ImageNetwork model, ImageFileOptions reading, Session session) =>
        FeatureKey.OfNetwork(model, ImageModel.PresetOf(model), session.Execution) + (reading.Upright ? " upright" : "");
}
