using ResNetManaged.Graphs.Operations;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Memory;
using ResNetManaged.Kernels.Normalization;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Plans.Execution;

namespace ResNetManaged.Plans.Lowering.Convolution;

/// <summary>A convolution: forward, the gradient of its input, and that of its weights and bias.</summary>
/// <remarks>Weights are packed in every pass, since they have changed: all threads pack, wait for each other, and compute.</remarks>
internal sealed unsafe class ConvTrainingStep<TSimd, TVector> : TrainingStep
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    private readonly Conv2dOperation _operation;
    private readonly IConvTraining _kernels;
    private readonly IGradientMemory _gradients;
    private readonly PinnedState _weight;
    private readonly PinnedArray _bias; // padded to whole blocks
    private readonly StandardizedWeight? _standardized;
    private readonly int _outChannels;

    /// <summary>Creates the step.</summary>
    /// <param name="node">The node; its output has one gradient, without a mask.</param>
    /// <param name="operation">The convolution.</param>
    /// <param name="kernels">The kernels that compute it.</param>
    /// <param name="gradients">Where the gradients of parameters go.</param>
    public ConvTrainingStep(TrainingNode node, Conv2dOperation operation, IConvTraining kernels, IGradientMemory gradients) : base(node)
    {
        (_operation, _kernels, _gradients) = (operation, kernels, gradients);
        _weight = new PinnedState(operation.Weight);
        _standardized = operation.StandardizationEps is null ? null : new StandardizedWeight(operation);
        _outChannels = operation.Weight.Shape[0];
        _bias = new PinnedArray(ChannelBlock.Count(_outChannels) * ChannelBlock.Size);
        _bias.Span.Clear();
    }

    public override string Algorithm => _kernels.Name;

    public override int ForwardPhases => _standardized is null ? 2 : 3;

    public override int BackwardPhases => _standardized is null ? 2 : 3;

    public override int ScratchLength => checked(_kernels.PackedLength + _kernels.ScratchLength + PartialsLength);

    /// <summary>The weights that are multiplied.</summary>
    private float* Weights => _standardized is null ? _weight.Pointer : _standardized.Values;

    private bool HasBiasGradient => _gradients.IsWanted(_operation.Bias);

    private int PartialsLength => HasBiasGradient ? ChannelPartials.Length(Output.Images, _outChannels) : 0;

    public override void Begin()
    {
        _weight.Refresh(forWriting: false);
        _operation.Bias?.Value.ReadOnlySpan.CopyTo(_bias.Span);
    }

    public override void Forward(in TrainingContext context, int phase)
    {
        float* packed = context.Scratch, scratch = packed + _kernels.PackedLength;
        if (_standardized is not null && phase-- == 0)
        {
            _standardized.Run(_weight, context.Share);
            return;
        }
        if (phase == 0)
        {
            _kernels.Pack(Weights, packed, context.Share);
            return;
        }
        context.ClearHalo(Output);
        _kernels.Forward(context.Pointer(Node.Reads[0]), packed, _bias.Pointer, context.Pointer(Output), scratch, context.Share);
    }

    public override void Backward(in TrainingContext context, int phase)
    {
        float* packed = context.Scratch, scratch = packed + _kernels.PackedLength, partials = scratch + _kernels.ScratchLength;
        BlockedView gradient = context.View(Node.OutputGradients[0]), inputGradient = context.View(Node.Gives[0]);
        float* weightGradient = _gradients.PointerTo(_operation.Weight), usedGradient = weightGradient;
        if (_standardized is not null && weightGradient != null) usedGradient = _standardized.Gradient;
        bool accumulates = context.Accumulates && usedGradient == weightGradient;
        switch (phase)
        {
            case 0:
                if (!inputGradient.IsNone) _kernels.PackForGradient(Weights, packed, context.Share);
                if (usedGradient != null)
                    _kernels.WeightGradient(context.Pointer(Node.Reads[0]), gradient.Pointer, usedGradient, accumulates, scratch, context.Share);
                if (HasBiasGradient) BlockedChannelSums<TSimd, TVector>.Sum(Output.Images, new(gradient), default, null, default, partials, context.Share);
                break;
            case 1:
                if (usedGradient != null) _kernels.FinishWeightGradient(usedGradient, accumulates, scratch, context.Share);
                if (HasBiasGradient)
                    ChannelPartials.ToBias(Output.Images, _outChannels, partials, context.Accumulates, _gradients.PointerTo(_operation.Bias), context.Share);
                if (inputGradient.IsNone) return;
                context.ClearHalo(Node.Gives[0]!);
                _kernels.InputGradient(gradient.Pointer, packed, inputGradient.Pointer, scratch, context.Share);
                break;
            default:
                if (weightGradient != null) _standardized!.Differentiate(_weight, context.Accumulates, weightGradient, context.Share);
                break;
        }
    }
}
