using ResNetManaged.Kernels.Layout;

namespace ResNetManaged.Plans.Execution;

/// <summary>One step of a training program: its forward half, and the backward half that turns the gradient of its output into those of its inputs.</summary>
/// <remarks>All threads run a phase, each its share, and meet before the next one.</remarks>
/// <param name="name">The module path.</param>
/// <param name="output">What it makes.</param>
internal abstract class TrainingStep(string name, TrainingValue output)
{
    public string Name { get; } = name.Length == 0 ? "(root)" : name;

    public TrainingValue Output { get; } = output;

    /// <summary>How it computes, for people.</summary>
    public abstract string Algorithm { get; }

    /// <summary>What its forward half reads.</summary>
    public abstract IEnumerable<TrainingValue> Inputs { get; }

    /// <summary>What its backward half reads of what the forward pass made.</summary>
    public abstract IEnumerable<TrainingValue> Kept { get; }

    /// <summary>The gradients that its backward half writes.</summary>
    public abstract IEnumerable<TrainingGradient?> Gives { get; }

    public virtual int ForwardPhases => 1;

    /// <summary>The first phase of the forward half when it runs again in the same pass, for the same output: those before it need not or must not.</summary>
    public virtual int FirstPhaseAgain => 0;

    public virtual int BackwardPhases => 1;

    /// <summary>Whether its backward half can add up two gradients of its output.</summary>
    public virtual bool TakesSums => false;

    /// <summary>The halo that its backward half reads around the gradient of its output.</summary>
    public virtual Halo GradientHalo => default;

    /// <summary>Floats of scratch, once there are kernels.</summary>
    public virtual int ScratchLength => 0;

    /// <summary>Makes the kernels, once layouts are final, and has their code compiled.</summary>
    /// <param name="threads">The most threads that will share the work.</param>
    public virtual void CreateKernels(int threads)
    {
    }

    /// <summary>Called by one thread before a forward pass: finds the parameters, which may have been replaced.</summary>
    public virtual void Begin()
    {
    }

    public abstract void Forward(in TrainingContext context, int phase);

    public abstract void Backward(in TrainingContext context, int phase);

    public override string ToString() => $"{Name}: {Algorithm}, {string.Join(", ", Inputs.Select(input => input.Shape))} -> {Output.Shape}";
}
