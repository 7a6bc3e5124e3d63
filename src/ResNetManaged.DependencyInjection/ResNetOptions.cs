using ResNetManaged.Inference;
using ResNetManaged.Models;
using ResNetManaged.Preprocessing;

namespace ResNetManaged.DependencyInjection;

/// <summary>Where a network comes from, and how it is run. Exactly one of the three sources must be set.</summary>
/// <remarks>Checked when the host starts, and at the latest when the network is asked for first.</remarks>
public sealed class ResNetOptions
{
    /// <summary>A checkpoint file: torch zip, torch legacy or safetensors. Which network it is follows from the file.</summary>
    public string? CheckpointPath { get; set; }

    /// <summary>Opens a checkpoint that is no file, such as an embedded resource or a blob; the stream is read to its end and disposed.</summary>
    public Func<IServiceProvider, Stream>? OpenCheckpoint { get; set; }

    /// <summary>Makes the network, in evaluation mode.</summary>
    public Func<IServiceProvider, ResNet>? CreateModel { get; set; }

    /// <summary>How an image becomes the network's input; null, the default, for <see cref="ImageClassifier.DefaultPreset"/>.</summary>
    public ImagePreset? Preset { get; set; }

    /// <summary>The name of each class in the order of the logits; null, the default, for those in the checkpoint.</summary>
    public IReadOnlyList<string>? Labels { get; set; }

    /// <summary>Threads, vector width and precision; null, the default, for <see cref="ExecutionOptions.Default"/>.</summary>
    public ExecutionOptions? Execution { get; set; }

    /// <summary>
    /// Whether the classifier is made when the host starts, so that a damaged checkpoint stops the start and no request waits; true by default.
    /// Otherwise it is made when it is first asked for, as it is where there is no host, and as <see cref="ImageEmbedder"/> always is.
    /// </summary>
    public bool LoadAtStart { get; set; } = true;
}
