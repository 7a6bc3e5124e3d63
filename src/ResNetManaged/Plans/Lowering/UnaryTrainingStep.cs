using ResNetManaged.Plans.Execution;

namespace ResNetManaged.Plans.Lowering;

/// <summary>A step without parameters that reads one value.</summary>
internal abstract class UnaryTrainingStep : TrainingStep
{
    protected UnaryTrainingStep(string name, TrainingValue input, TrainingValue output) : base(name, output)
    {
        Input = input;
        InputGradient = input.AddGradient();
    }

    public override IEnumerable<TrainingValue> Inputs => [Input];

    public override IEnumerable<TrainingValue> Kept => [];

    public override IEnumerable<TrainingGradient?> Gives => [InputGradient];

    protected TrainingValue Input { get; }

    /// <summary>Not null when the backward half runs: the output has a gradient for the input's sake alone.</summary>
    protected TrainingGradient? InputGradient { get; }
}
