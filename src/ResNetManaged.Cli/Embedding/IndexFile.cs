using ResNetManaged.Cli.Errors;
using ResNetManaged.Cli.Inputs;
using ResNetManaged.Corpus;
using ResNetManaged.Corpus.Search;
using ResNetManaged.Imaging;
using ResNetManaged.Models;
using ResNetManaged.Search;

namespace ResNetManaged.Cli.Embedding;

/// <summary>Vectors to search: a file that <c>resnet embed</c> wrote, or a corpus.</summary>
internal static class IndexFile
{
    /// <summary>Opens the vectors of a <c>.npy</c> file or of a corpus, which stay on disk.</summary>
    /// <param name="path">The file, or the corpus's folder.</param>
    /// <param name="model">The network whose vectors are compared with its.</param>
    /// <param name="weights">What the user calls the network.</param>
    /// <param name="reading">How images are read.</param>
    /// <param name="session">How vectors are computed.</param>
    /// <exception cref="CommandFailedException">There is no such file, or it was computed by another network.</exception>
    public static CorpusSearch Open(string path, ImageNetwork model, string weights, ImageFileOptions reading, Session session)
    {
        CorpusSearch search = OpenVectors(path, NetworkKey(model, reading, session), weights);
        return search.Dimensions == model.FeatureCount ? search
            : throw new CommandFailedException($"'{path}' has vectors of {search.Dimensions} numbers; those of {weights} have {model.FeatureCount}");
    }

    private static CorpusSearch OpenVectors(string path, string key, string weights)
    {
        if (Directory.Exists(path))
        {
            CorpusPlan plan = CorpusPlan.Load(path);
            RequireNetwork(path, plan.Network, plan.Weights, key, weights, "plan it again in another folder");
            return CorpusSearch.Open(plan);
        }
        string[]? names = RequireManifest(path, key, weights)?.Entries.Select(entry => entry.File).ToArray();
        try
        {
            return CorpusSearch.Open(path, names);
        }
        catch (ArgumentException exception)
        {
            throw new CommandFailedException($"'{path}' has another number of vectors than its manifest has files, {names?.Length}; write it again with resnet embed", exception);
        }
    }

    /// <summary>Reads a <c>.npy</c> file into memory.</summary>
    /// <inheritdoc cref="Open"/>
    public static EmbeddingIndex Load(string path, ImageNetwork model, string weights, ImageFileOptions reading, Session session)
    {
        InputFile.Require(path);
        RequireManifest(path, NetworkKey(model, reading, session), weights);
        return EmbeddingIndex.Load(path);
    }

    private static EmbeddingManifest? RequireManifest(string path, string key, string weights)
    {
        InputFile.Require(path);
        EmbeddingManifest? manifest = EmbeddingManifest.Find(path);
        if (manifest is not null) RequireNetwork(path, manifest.Network, manifest.Weights, key, weights, "write them again with resnet embed");
        return manifest;
    }

    private static void RequireNetwork(string path, string network, string? itsWeights, string key, string weights, string otherRemedy)
    {
        if (network == key) return;
        string remedy = itsWeights == weights || itsWeights is null
            ? "expected the same preprocessing, vector width and precision; give the options of that run"
            : $"this is {weights}; give the same --weights";
        throw new CommandFailedException($"the vectors in '{path}' were computed by {itsWeights ?? "another network or with other options"}, and {remedy}, or {otherRemedy}");
    }

    /// <summary>Identifies everything that determines the vector of a file: the weights, the preprocessing and the arithmetic.</summary>
    public static string NetworkKey(ImageNetwork model, ImageFileOptions reading, Session session) =>
        ResNetManaged.Corpus.Planning.NetworkKey.Of(model, session.Execution, reading);
}
