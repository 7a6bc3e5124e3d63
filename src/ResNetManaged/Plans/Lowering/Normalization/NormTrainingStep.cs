using ResNetManaged.Graphs.Operations;
using ResNetManaged.Kernels.Elementwise;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Normalization;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Plans.Execution;

namespace ResNetManaged.Plans.Lowering.Normalization;

/// <summary>A batch norm or group norm, with the sum and the ReLU of a residual block that follow it: y = relu(norm(x) + shortcut).</summary>
internal sealed unsafe class NormTrainingStep<TSimd, TVector> : TrainingStep
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    private readonly TrainedNorm _norm;
    private readonly TrainedNorm? _shortcutNorm;
    private readonly PlanValue? _shortcut, _shortcutGradient; // a shortcut without a norm
    private readonly bool _relu;

    /// <summary>Creates the step.</summary>
    /// <param name="node">The node; it reads x and, if there is one, the shortcut, to which <paramref name="shortcutNorm"/> is applied first.</param>
    /// <param name="shortcutNorm">The norm of the shortcut; null if it has none.</param>
    /// <param name="gradients">Where the gradients of parameters go.</param>
    public NormTrainingStep(TrainingNode node, Operation? shortcutNorm, IGradientMemory gradients) : base(node)
    {
        PlanNode plan = node.Node;
        _norm = TrainedNorm.Create(plan.Operation!, node.Reads[0], node.Gives[0], gradients);
        _relu = plan.Activation is not null;
        if (node.Reads.Length == 1) return;
        if (shortcutNorm is not null) _shortcutNorm = TrainedNorm.Create(shortcutNorm, node.Reads[1], node.Gives[1], gradients);
        else (_shortcut, _shortcutGradient) = (node.Reads[1], node.Gives[1]);
    }

    public override string Algorithm =>
        $"{_norm.Name}{(_shortcutNorm is null ? "" : $" + {_shortcutNorm.Name}")}{(Node.Reads.Length > 1 ? " + sum" : "")}{(_relu ? " + ReLU" : "")}";

    public override int ForwardPhases => 3;

    public override int FirstPhaseAgain => 2; // the statistics are still there, and the running ones already include them

    public override int BackwardPhases => 3;

    public override int ScratchLength => checked((_shortcutNorm is null ? 1 : 2) * _norm.PartialsLength);

    public override void Begin()
    {
        _norm.Begin();
        _shortcutNorm?.Begin();
    }

    public override void Forward(in TrainingContext context, int phase)
    {
        float* partials = context.Scratch, shortcutPartials = partials + _norm.PartialsLength;
        switch (phase)
        {
            case 0:
                Moments(_norm, context, partials);
                if (_shortcutNorm is not null) Moments(_shortcutNorm, context, shortcutPartials);
                break;
            case 1:
                _norm.SetChannels(partials, context.Share);
                _shortcutNorm?.SetChannels(shortcutPartials, context.Share);
                break;
            default:
                PlanValue? added = _shortcut ?? _shortcutNorm?.Input;
                BlockedBatchNorm<TSimd, TVector>.Forward(Output.Images, context.View(_norm.Input), _norm.Channels, added is null ? default : context.View(added),
                    _shortcutNorm?.Channels ?? default, _relu, context.View(Output), context.Share);
                break;
        }
    }

    /// <remarks>
    /// dz, the gradient at the ReLU's input, is also the gradient of the shortcut and is written there. If it is needed again but the shortcut has no
    /// gradient, it is written where dx will be, and dx overwrites it.
    /// </remarks>
    public override void Backward(in TrainingContext context, int phase)
    {
        float* partials = context.Scratch, shortcutPartials = partials + _norm.PartialsLength;
        BlockedGradient dy = context.OutputGradient(Node, _relu);
        BlockedView stored = context.View(_shortcutGradient);
        if (stored.IsNone && (_shortcutNorm is not null || Node.OutputGradients.Length > 1)) stored = context.View(_norm.InputGradient);
        BlockedGradient dz = stored.IsNone ? dy : new BlockedGradient(stored);
        switch (phase)
        {
            case 0:
                if (_norm.NeedsSums)
                    BlockedChannelSums<TSimd, TVector>.Sum(Output.Images, dy, context.View(_norm.Input), _norm.Channels.Mean, stored, partials, context.Share,
                        _norm.Channels.ImageStride);
                else if (!stored.IsNone)
                    BlockedSum<TSimd, TVector>.Run(Output.Images, dy, stored, context.Share);
                if (_shortcutNorm is { NeedsSums: true })
                {
                    BlockedChannelSums<TSimd, TVector>.Sum(Output.Images, dz, context.View(_shortcutNorm.Input), _shortcutNorm.Channels.Mean, default,
                        shortcutPartials, context.Share, _shortcutNorm.Channels.ImageStride);
                }
                break;
            case 1:
                if (_norm.NeedsSums) _norm.Differentiate(partials, context);
                if (_shortcutNorm is { NeedsSums: true }) _shortcutNorm.Differentiate(shortcutPartials, context);
                break;
            default:
                if (_shortcutNorm is not null) InputGradient(_shortcutNorm, dz, context);
                InputGradient(_norm, dz, context);
                break;
        }
    }

    private static void Moments(TrainedNorm norm, in TrainingContext context, float* partials)
    {
        if (norm.HasStatisticsOfInput) BlockedMoments<TSimd, TVector>.Sum(norm.Input.Images, context.View(norm.Input), partials, context.Share);
    }

    private static void InputGradient(TrainedNorm norm, BlockedGradient dz, in TrainingContext context)
    {
        if (norm.InputGradient is null) return;
        BlockedBatchNorm<TSimd, TVector>.Backward(norm.Input.Images, dz, norm.HasStatisticsOfInput ? context.View(norm.Input) : default, norm.Channels,
            context.View(norm.InputGradient), context.Share);
    }
}
