namespace ResNetManaged.Plans.Execution;

/// <summary>What a training program does with a step at one time.</summary>
internal enum HalfKind
{
    /// <summary>Its forward half.</summary>
    Forward,

    /// <summary>Its forward half once more: the output is the same, and nothing else changes.</summary>
    ForwardAgain,

    /// <summary>Its backward half.</summary>
    Backward,
}

/// <summary>Half of a step, as a training program runs it.</summary>
/// <param name="Step">The step.</param>
/// <param name="Kind">Which half.</param>
internal readonly record struct TrainingHalf(TrainingStep Step, HalfKind Kind)
{
    public int FirstPhase => Kind == HalfKind.ForwardAgain ? Step.FirstPhaseAgain : 0;

    public int Phases => Kind == HalfKind.Backward ? Step.BackwardPhases : Step.ForwardPhases;

    public void Run(in TrainingContext context, int phase)
    {
        if (Kind == HalfKind.Backward) Step.Backward(context, phase);
        else Step.Forward(context, phase);
    }

    /// <summary>Says what memory is in use when it runs.</summary>
    public void UseMemoryAt(int time)
    {
        if (Kind == HalfKind.Backward)
        {
            foreach (TrainingValue kept in Step.Kept) kept.Memory.UseAt(time);
            foreach (TrainingGradient gradient in Step.Output.Gradients) gradient.Memory.UseAt(time);
            foreach (TrainingGradient? gradient in Step.Gives) gradient?.Memory.UseAt(time);
            return;
        }
        Step.Output.Memory.BeginAt(time);
        foreach (TrainingValue input in Step.Inputs) input.Memory.UseAt(time);
    }
}
