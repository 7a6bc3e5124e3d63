namespace ResNetManaged.Benchmarks.Peers;

/// <summary>What all libraries train with.</summary>
internal static class TrainingRecipe
{
    /// <summary>He et al. 2015, section 3.4.</summary>
    public const double Momentum = 0.9, WeightDecay = 1e-4;

    /// <summary>So small that libraries, which round differently, stay together for some steps on labels that mean nothing.</summary>
    public const double LearningRate = 1e-3;
}
