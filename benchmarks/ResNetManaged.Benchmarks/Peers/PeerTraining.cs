namespace ResNetManaged.Benchmarks.Peers;

/// <summary>The settings with which all libraries train.</summary>
internal static class PeerTraining
{
    /// <summary>He et al. 2015, section 3.4.</summary>
    public const double Momentum = 0.9, WeightDecay = 1e-4;

    /// <summary>Small enough that libraries that round differently stay close for some steps on random labels.</summary>
    public const double LearningRate = 1e-3;
}
