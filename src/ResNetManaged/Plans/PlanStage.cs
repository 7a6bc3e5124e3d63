namespace ResNetManaged.Plans;

/// <summary>The stages of compilation, each of which can be printed: <see cref="InferencePlan.Describe"/>.</summary>
internal enum PlanStage
{
    /// <summary>The operations as the module describes them.</summary>
    Graph,

    /// <summary>Batch norm folded into convolutions; sums and ReLU fused into the operation before them.</summary>
    Fused,

    /// <summary>The algorithm of each convolution, with the reason.</summary>
    Algorithms,

    /// <summary>Where each value is in memory.</summary>
    Buffers,

    /// <summary>The executable steps, in order.</summary>
    Steps,
}
