using ResNetManaged.Graphs.Operations;
using ResNetManaged.Kernels.Normalization;
using ResNetManaged.Kernels.Threading;
using ResNetManaged.Plans.Execution;
using ResNetManaged.Tensors;

namespace ResNetManaged.Plans.Lowering.Normalization;

/// <summary>A norm of a training program: its parameters, used in place, and what the forward half hands to the backward half.</summary>
internal abstract class TrainedNorm(PlanValue input, PlanValue? inputGradient)
{
    /// <summary>x.</summary>
    public PlanValue Input => input;

    /// <summary>The gradient of x; null if it is not wanted.</summary>
    public PlanValue? InputGradient => inputGradient;

    /// <summary>The kind of norm, for printing.</summary>
    public abstract string Name { get; }

    /// <summary>The statistics and coefficients of each channel.</summary>
    public abstract BatchNormChannels Channels { get; }

    /// <summary>Whether mean and variance are computed from x.</summary>
    public abstract bool HasStatisticsOfInput { get; }

    /// <summary>Whether the backward pass needs sums over each channel: for statistics of x, or the gradient of a parameter.</summary>
    public abstract bool NeedsSums { get; }

    /// <summary>Floats that either pass needs for partial sums.</summary>
    public int PartialsLength => Math.Max(MomentPartials.Length(Input.Images, Channels.Channels, Input.Layout.Size),
        ChannelPartials.Length(Input.Images, Channels.Channels));

    /// <summary>The norm of an operation.</summary>
    public static TrainedNorm Create(Operation operation, PlanValue input, PlanValue? inputGradient, IGradientMemory gradients) =>
        operation is GroupNormOperation group
            ? new TrainedGroupNorm(group, input, inputGradient, gradients)
            : new TrainedBatchNorm((BatchNorm2dOperation)operation, input, inputGradient, gradients);

    /// <summary>Finds the parameters' memory.</summary>
    public abstract void Begin();

    /// <summary>Sets mean and variance, scale and shift.</summary>
    public abstract unsafe void SetChannels(float* partials, WorkShare share);

    /// <summary>Computes the gradients of the parameters, and the coefficients that give the gradient of x from that of y.</summary>
    public abstract unsafe void Differentiate(float* partials, in TrainingContext context);

    /// <summary>Pins the elements of a parameter or a statistic; null if there is none.</summary>
    protected static PinnedState? Pin(StateTensor? state) => state is null ? null : new PinnedState(state);
}
