using ResNetManaged.Layers.State;

namespace ResNetManaged.Serialization.Dialects;

/// <summary>The tensors of a network under torchvision's, the article's or the CIFAR names, and how they came to have them.</summary>
/// <param name="State">The tensors.</param>
/// <param name="Dialect">The names that they had; null if no rule knows them.</param>
/// <param name="Origin">What the checkpoint was.</param>
internal sealed record DialectReading(StateDict State, Dialect? Dialect, CheckpointOrigin Origin);
