namespace ResNetManaged.Inference;

/// <summary>A class that a network predicts for an image.</summary>
public readonly struct Prediction
{
    internal Prediction(int index, string? label, float probability) => (Index, Label, Probability) = (index, label, probability);

    /// <summary>The class's index in the logits.</summary>
    public int Index { get; }

    /// <summary>The class's name; null when the classifier has no names.</summary>
    public string? Label { get; }

    /// <summary>The softmax of the logits, 0 to 1.</summary>
    public float Probability { get; }
}
