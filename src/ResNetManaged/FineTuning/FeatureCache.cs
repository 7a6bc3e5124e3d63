using System.Runtime.InteropServices;
using System.Security.Cryptography;
using ResNetManaged.Datasets;
using ResNetManaged.Inference;
using ResNetManaged.Layers.State;
using ResNetManaged.Models;
using ResNetManaged.Preprocessing;
using ResNetManaged.Serialization;
using ResNetManaged.Tensors;

namespace ResNetManaged.FineTuning;

/// <summary>Keeps the features of images in files, so that they are computed once.</summary>
/// <remarks>
/// Each file is a safetensors file named by a hash of everything that determines the features: the body's weights, the preprocessing, vector width
/// and precision, and the list of images with each file's size and time. Features of other weights or images are therefore never returned. A damaged
/// file is recomputed. Files are written atomically; deleting one costs only the time to recompute it.
/// </remarks>
internal sealed class FeatureCache
{
    private const string TensorName = "features", KeyName = "key", ChecksumName = "sha256";

    private readonly string _folder;

    /// <summary>Creates a cache.</summary>
    /// <param name="folder">The folder of the files; created when the first one is written.</param>
    public FeatureCache(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        _folder = folder;
    }

    /// <summary>Reads features from the cache, or computes them and adds them to it: see <see cref="FeatureExtraction.Run"/>.</summary>
    /// <param name="model">The network, in evaluation mode.</param>
    /// <param name="images">The images.</param>
    /// <param name="preset">How an image becomes an input; null for the network's own, or <see cref="ImageClassifier.DefaultPreset"/> if it has none.</param>
    /// <param name="options">Threads, vector width and precision; null for <see cref="ExecutionOptions.Default"/>.</param>
    /// <param name="progress">Receives the number of images done after each computed batch.</param>
    /// <param name="cancellationToken">Checked between batches.</param>
    /// <returns><c>[N, D]</c>, in the images' order, and whether they were read from a file.</returns>
    /// <exception cref="InvalidOperationException">The network is in training mode.</exception>
    /// <exception cref="IOException">An image cannot be read, or the file cannot be written; the message names it.</exception>
    /// <exception cref="OperationCanceledException">The call was canceled; nothing was written.</exception>
    public (Tensor Features, bool WereCached) GetOrCompute(ImageNetwork model, ImageDataset images, ImagePreset? preset = null, ExecutionOptions? options = null,
        IProgress<int>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(images);
        preset ??= ImageModel.PresetOf(model);
        string key = FeatureKey.Compute(model, images, preset, options ?? ExecutionOptions.Default);
        string path = Path.Combine(_folder, $"{key}.safetensors");
        if (File.Exists(path) && Read(path, key, [images.Count, model.FeatureCount]) is { } known) return (known, true);
        Tensor features = FeatureExtraction.Run(model, images, preset, options, progress, cancellationToken);
        Directory.CreateDirectory(_folder);
        StateDict content = new();
        content.Add(TensorName, features);
        Safetensors.Write(path, content, new Dictionary<string, string> { [KeyName] = key, [ChecksumName] = ChecksumOf(features) });
        return (features, false);
    }

    /// <summary>The features in a file; null if it is damaged or holds other features.</summary>
    private static Tensor? Read(string path, string key, Shape shape)
    {
        try
        {
            StateDict content = Safetensors.Read(path, out IReadOnlyDictionary<string, string> metadata);
            return content.TryGetValue(TensorName, out Tensor? features) && features.Shape == shape
                && metadata.GetValueOrDefault(KeyName) == key && metadata.GetValueOrDefault(ChecksumName) == ChecksumOf(features)
                ? features
                : null;
        }
        catch (CheckpointException)
        {
            return null;
        }
    }

    private static string ChecksumOf(Tensor features) => Convert.ToHexString(SHA256.HashData(MemoryMarshal.AsBytes(features.ReadOnlySpan)));
}
