using ResNetManaged.Inference;
using ResNetManaged.Models;
using ResNetManaged.Preprocessing;

namespace ResNetManaged.DependencyInjection;

/// <summary>
/// The source of a network, and how to run it. Exactly one of <see cref="CheckpointPath"/>, <see cref="OpenCheckpoint"/> and
/// <see cref="CreateModel"/> must be set.
/// </summary>
/// <remarks>Validated when the host starts, or when the network is first resolved if there is no host.</remarks>
public sealed class ResNetOptions
{
    /// <summary>The path of a checkpoint file: torch zip, torch legacy or safetensors. The architecture is inferred from the file.</summary>
    public string? CheckpointPath { get; set; }

    /// <summary>Opens a checkpoint that is not a file, such as an embedded resource or a blob; the stream is read to its end and disposed.</summary>
    public Func<IServiceProvider, Stream>? OpenCheckpoint { get; set; }

    /// <summary>Creates the network, in evaluation mode.</summary>
    public Func<IServiceProvider, ResNet>? CreateModel { get; set; }

    /// <summary>How an image becomes the network's input; null, the default, for <see cref="ImageClassifier.DefaultPreset"/>.</summary>
    public ImagePreset? Preset { get; set; }

    /// <summary>The name of each class in the order of the logits; null, the default, for the checkpoint's names.</summary>
    public IReadOnlyList<string>? Labels { get; set; }

    /// <summary>Threads, vector width and precision; null, the default, for <see cref="ExecutionOptions.Default"/>.</summary>
    public ExecutionOptions? Execution { get; set; }

    /// <summary>
    /// Whether to create the classifier when the host starts, so that a damaged checkpoint makes the start fail and no request waits for loading;
    /// true by default. Otherwise, or without a host, it is created when first resolved, as <see cref="ImageEmbedder"/> always is.
    /// </summary>
    public bool LoadAtStart { get; set; } = true;
}
