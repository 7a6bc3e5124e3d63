namespace ResNetManaged.FineTuning;

/// <summary>The part of a network that learns; everything before it is frozen.</summary>
public enum TrainedPart
{
    /// <summary>The head: the body's features of an image never change, so they are computed once.</summary>
    HeadOnly,

    /// <summary>The last stage of residual blocks, and the head.</summary>
    LastStage,

    /// <summary>The whole network.</summary>
    All,
}
