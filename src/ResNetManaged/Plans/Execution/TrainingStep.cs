namespace ResNetManaged.Plans.Execution;

/// <summary>
/// One step of a training program: its forward half, and the backward half that turns the gradient of its output into those of its inputs.
/// </summary>
/// <remarks>All threads run a phase, each its own share, and wait for each other before the next one.</remarks>
/// <param name="node">What it computes; layouts are final.</param>
internal abstract class TrainingStep(TrainingNode node)
{
    public TrainingNode Node { get; } = node;

    public PlanValue Output => Node.Output;

    /// <summary>The algorithm, for printing.</summary>
    public abstract string Algorithm { get; }

    public virtual int ForwardPhases => 1;

    /// <summary>
    /// The first phase of the forward half when it runs again in the same pass, for the same output: earlier phases need not, or must not, run again.
    /// </summary>
    public virtual int FirstPhaseAgain => 0;

    public virtual int BackwardPhases => 1;

    /// <summary>Floats of scratch.</summary>
    public virtual int ScratchLength => 0;

    /// <summary>Called by one thread before a forward pass: finds the parameters, which may have been replaced.</summary>
    public virtual void Begin()
    {
    }

    public abstract void Forward(in TrainingContext context, int phase);

    public abstract void Backward(in TrainingContext context, int phase);

    public override string ToString()
    {
        string path = Node.Node.Path;
        return $"{(path.Length == 0 ? "(root)" : path)}: {Algorithm}, {string.Join(", ", Node.Reads.Select(input => input.Shape))} -> {Output.Shape}";
    }
}
