namespace ResNetManaged.Inference;

/// <summary>A class that a network takes an image for.</summary>
/// <param name="Index">The class's position in the logits.</param>
/// <param name="Label">Its name; null where the classifier has no names.</param>
/// <param name="Probability">Softmax of the logits, 0 to 1.</param>
public readonly record struct Prediction(int Index, string? Label, float Probability);
