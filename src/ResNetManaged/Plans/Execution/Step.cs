using ResNetManaged.Kernels.Threading;

namespace ResNetManaged.Plans.Execution;

/// <summary>One step of a plan: all threads run it, then wait for each other.</summary>
internal abstract unsafe class Step(PlanNode node)
{
    /// <summary>The node that it computes.</summary>
    public PlanNode Node { get; } = node;

    /// <summary>The algorithm, for printing.</summary>
    public abstract string Algorithm { get; }

    /// <summary>Multiply-adds of the definition; the algorithm may do fewer.</summary>
    public virtual long MultiplyAdds => 0;

    /// <summary>Bytes read and written: activations and packed weights.</summary>
    public virtual long Bytes => Node.Reads.Sum(value => value.Bytes) + Node.Output.Bytes;

    /// <summary>Floats of scratch that the threads need together.</summary>
    public virtual int ScratchLength(int threads) => 0;

    /// <summary>The weights that a thread reads first; null if there are none.</summary>
    public virtual float* FirstWeights(WorkShare share) => null;

    /// <summary>The step whose weights may be fetched while this one computes.</summary>
    public Step? Next { get; set; }

    /// <summary>Computes this thread's part.</summary>
    public abstract void Run(in StepContext context);

    /// <summary>Forces the JIT to compile all code that <see cref="Run"/> needs, by running it without any work.</summary>
    public virtual void Prepare(in StepContext nothing) => Run(nothing);

    /// <summary>The weights that this thread needs after this step; any readable address if there are none.</summary>
    protected float* NextWeights(in StepContext context)
    {
        for (Step? step = Next; step is not null; step = step.Next)
        {
            float* weights = step.FirstWeights(context.Share);
            if (weights != null) return weights;
        }
        return context.AnyAddress;
    }

    /// <summary>Sets this thread's part of the output's halo to zero.</summary>
    protected void ClearHalo(in StepContext context)
    {
        PlanValue output = Node.Output;
        (int first, int end) = context.Share.Of(output.Images * output.Layout.Blocks);
        output.Layout.ClearHalo(context.Pointer(output), first, end);
    }
}
