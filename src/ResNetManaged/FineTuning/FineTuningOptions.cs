using ResNetManaged.Training;

namespace ResNetManaged.FineTuning;

/// <summary>How a <see cref="FineTuner"/> trains.</summary>
public sealed class FineTuningOptions
{
    private readonly int? _epochs;
    private readonly double? _learningRate;
    private readonly double _validationShare = 0.2;

    /// <summary>The part of the network that learns; the head by default.</summary>
    public TrainedPart Part { get; init; }

    /// <summary>Passes over the images, at least 1; null by default: 100 for the head alone, otherwise 10.</summary>
    public int? Epochs { get => _epochs; init => _epochs = value is int epochs ? Require.Positive(epochs, nameof(Epochs)) : null; }

    /// <summary>
    /// The largest learning rate, positive; null by default: 0.001 with AdamW for the head alone; otherwise 0.01 with SGD, divided by 3 per stage
    /// away from the head.
    /// </summary>
    public double? LearningRate { get => _learningRate; init => _learningRate = value is double rate ? Require.FinitePositive(rate, nameof(LearningRate)) : null; }

    /// <summary>The share of the images of each class to hold out for validation, below 1; 0 for none; 0.2 by default.</summary>
    public double ValidationShare { get => _validationShare; init => _validationShare = Require.Decay(value, nameof(ValidationShare)); }

    /// <summary>The seed for the validation split, the head's initial weights, the order and augmentation; 0 by default.</summary>
    public ulong Seed { get; init; }

    /// <summary>The safetensors file for the new network, with the names of its classes; null by default: no file.</summary>
    public string? Output { get; init; }

    /// <summary>The folder that keeps the features of images for the next run, when only the head learns; null by default: they are not kept.</summary>
    public string? CacheFolder { get; init; }

    /// <summary>Threads, vector width and precision; null by default, for <see cref="ExecutionOptions.Default"/>.</summary>
    public ExecutionOptions? Execution { get; init; }
}
