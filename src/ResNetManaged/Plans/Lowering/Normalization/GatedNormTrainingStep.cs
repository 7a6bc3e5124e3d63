using ResNetManaged.Graphs.Operations;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Memory;
using ResNetManaged.Kernels.Normalization;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Plans.Execution;

namespace ResNetManaged.Plans.Lowering.Normalization;

/// <summary>
/// A batch norm whose planes a gate scales, as in squeeze-and-excitation, with the sum and the ReLU of a residual block:
/// y = relu(s(mean(norm(x))) norm(x) + shortcut). The gate's own steps run between the statistics and the scaling.
/// </summary>
/// <remarks>It reads and writes as much as a batch norm without a gate, because norm(x) is computed where it is needed: see <see cref="GatedNormImages"/>.</remarks>
internal sealed unsafe class GatedNormTrainingStep<TSimd, TVector> : TrainingStep
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    private const int StatisticsPhases = 3; // the moments of x, the channels' numbers, the means of the planes

    private readonly TrainedBatchNorm _norm;
    private readonly TrainingSteps _gate;
    private readonly PinnedArray _memory, _means;
    private readonly GatedNormImages _images;
    private readonly PlanValue? _shortcut, _shortcutGradient;
    private readonly bool _relu;

    /// <summary>Creates the step.</summary>
    /// <param name="node">The node; it reads x and, if there is one, the shortcut.</param>
    /// <param name="gate">The steps that compute the factors of the planes from their means.</param>
    /// <param name="gradients">Where the gradients of parameters go.</param>
    public GatedNormTrainingStep(TrainingNode node, TrainingSteps gate, IGradientMemory gradients) : base(node)
    {
        PlanValue input = node.Reads[0];
        BatchNorm2dOperation operation = (BatchNorm2dOperation)node.Node.Operation!;
        _norm = new TrainedBatchNorm(operation, input, node.Gives[0], gradients);
        _gate = gate;
        _memory = new PinnedArray(GatedNormImages.Length(input.Images, operation.Channels));
        _memory.Span.Clear(); // the numbers of channels that pad the last block stay 0
        _images = new GatedNormImages(_memory.Pointer, input.Images, _norm.Channels);
        _means = new PinnedArray(gate.InputLength);
        _relu = node.Node.Activation is not null;
        if (node.Reads.Length > 1) (_shortcut, _shortcutGradient) = (node.Reads[1], node.Gives[1]);
    }

    public override string Algorithm => $"{_norm.Name} + gate{(_shortcut is null ? "" : " + sum")}{(_relu ? " + ReLU" : "")}";

    public override int ForwardPhases => StatisticsPhases + _gate.Forward.Length + 1;

    public override int FirstPhaseAgain => ForwardPhases - 1; // the statistics and the factors are still there

    public override int BackwardPhases => 1 + _gate.Backward.Length + 2;

    public override int ScratchLength => checked(_norm.PartialsLength + _gate.ScratchLength);

    public override void Begin()
    {
        _norm.Begin();
        _gate.Begin();
    }

    public override void Forward(in TrainingContext context, int phase)
    {
        float* partials = context.Scratch;
        PlanValue input = _norm.Input;
        switch (phase)
        {
            case 0:
                BlockedMoments<TSimd, TVector>.Sum(input.Images, context.View(input), partials, context.Share);
                break;
            case 1:
                _norm.SetChannels(partials, context.Share);
                break;
            case 2:
                _images.Means(input.Layout.Size, partials, _means.Pointer, context.Share);
                break;
            default:
                int gatePhase = phase - StatisticsPhases;
                if (gatePhase < _gate.Forward.Length)
                {
                    _gate.Forward[gatePhase].Run(GateContext(context));
                    break;
                }
                _images.SetFactors(_gate.Output.Pointer, context.Share);
                BlockedBatchNorm<TSimd, TVector>.Forward(Output.Images, context.View(input), _images.Channels, context.View(_shortcut), default, _relu,
                    context.View(Output), context.Share);
                break;
        }
    }

    /// <remarks>dz, the gradient at the ReLU's input, is stored as in <see cref="NormTrainingStep{TSimd, TVector}"/>.</remarks>
    public override void Backward(in TrainingContext context, int phase)
    {
        float* partials = context.Scratch;
        PlanValue input = _norm.Input;
        BlockedGradient dy = context.OutputGradient(Node, _relu);
        BlockedView stored = context.View(_shortcutGradient);
        if (stored.IsNone && (_relu || Node.OutputGradients.Length > 1)) stored = context.View(_norm.InputGradient);
        if (phase == 0)
        {
            BlockedChannelSums<TSimd, TVector>.Sum(Output.Images, dy, context.View(input), _images.Channels.Mean, stored, partials, context.Share,
                _images.Channels.ImageStride);
            _images.DifferentiateFactors(partials, _gate.OutputGradient.Pointer, context.Share);
        }
        else if (phase <= _gate.Backward.Length)
        {
            _gate.Backward[phase - 1].Run(GateContext(context));
        }
        else if (phase == _gate.Backward.Length + 1)
        {
            _images.ToNorm(partials, _gate.Output.Pointer, _gate.InputGradients, context.Share);
            if (_norm.NeedsSums) _norm.Differentiate(partials, context);
        }
        else if (_norm.InputGradient is not null)
        {
            _images.Differentiate(input.Layout.Size, _gate.InputGradients, _norm.HasStatisticsOfInput, context.Share);
            BlockedBatchNorm<TSimd, TVector>.Backward(input.Images, stored.IsNone ? dy : new BlockedGradient(stored), context.View(input), _images.Channels,
                context.View(_norm.InputGradient), context.Share);
        }
    }

    private TrainingContext GateContext(in TrainingContext context) =>
        _gate.Context(_means.Pointer, context.Scratch + _norm.PartialsLength, context.Accumulates, context.Share);
}
