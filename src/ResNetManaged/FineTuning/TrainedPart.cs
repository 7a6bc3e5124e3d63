namespace ResNetManaged.FineTuning;

/// <summary>Which part of a network learns; what comes before it is frozen.</summary>
public enum TrainedPart
{
    /// <summary>The head: the body's features of an image never change, and so are computed once.</summary>
    HeadOnly,

    /// <summary>The last stage of residual blocks and the head.</summary>
    LastStage,

    /// <summary>All of it.</summary>
    All,
}
