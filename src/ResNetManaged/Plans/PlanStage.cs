namespace ResNetManaged.Plans;

/// <summary>The stages in which a plan is made, each of which can be printed: <see cref="InferencePlan.Describe"/>.</summary>
public enum PlanStage
{
    /// <summary>The operations as the module describes them.</summary>
    Graph,

    /// <summary>Batch norm folded into convolutions; sums and ReLU fused into what comes before them.</summary>
    Fused,

    /// <summary>The algorithm of each convolution, with the reason.</summary>
    Algorithms,

    /// <summary>Where each value lies in memory.</summary>
    Buffers,

    /// <summary>What is executed, in order.</summary>
    Steps,
}
