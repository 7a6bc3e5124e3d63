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
    /// <param name="path">The file.</param>
    /// <param name="model">The network whose vectors are compared with its.</param>
    /// <param name="weights">What the user calls the network.</param>
    /// <param name="reading">How images are read.</param>
    /// <param name="session">How vectors are computed.</param>
    /// <exception cref="CommandFailedException">There is no such file, or its manifest names another network.</exception>
    public static EmbeddingIndex Load(string path, ImageNetwork model, string weights, ImageFileOptions reading, Session session)
    {
        InputFile.Require(path);
        if (EmbeddingManifest.Find(path) is { } manifest && manifest.Network != NetworkKey(model, reading, session))
        {
            string remedy = manifest.Weights == weights || manifest.Weights is null
                ? "expected the same preprocessing, vector width and precision; give the options of that run"
                : $"this is {weights}; give the same --weights";
            throw new CommandFailedException(
                $"the vectors in '{path}' were computed by {manifest.Weights ?? "another network or with other options"}, and {remedy}, or write them again with resnet embed");
        }
        return EmbeddingIndex.Load(path);
    }

    /// <summary>Identifies everything that determines the vector of a file: the weights, the preprocessing and the arithmetic.</summary>
    public static string NetworkKey(ImageNetwork model, ImageFileOptions reading, Session session) =>
        FeatureKey.OfNetwork(model, ImageModel.PresetOf(model), session.Execution) + (reading.Upright ? " upright" : "");
}
