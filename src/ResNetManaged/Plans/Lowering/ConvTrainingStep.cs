using ResNetManaged.Graphs.Operations;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Memory;
using ResNetManaged.Kernels.Normalization;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Plans.Execution;

namespace ResNetManaged.Plans.Lowering;

/// <summary>A convolution: forward, the gradient of its input, and that of its weights and bias.</summary>
/// <remarks>Weights are packed in every pass, for they have changed; all threads pack, meet, and compute.</remarks>
internal sealed unsafe class ConvTrainingStep<TSimd, TVector> : TrainingStep
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    private readonly Conv2dOperation _operation;
    private readonly TrainingValue _input;
    private readonly TrainingGradient? _inputGradient;
    private readonly IConvTraining _kernels;
    private readonly PinnedState _weight;
    private readonly IGradientMemory _gradients;
    private readonly PinnedArray _bias; // of whole blocks
    private readonly int _outChannels;

    /// <summary>Creates the step.</summary>
    /// <param name="name">The module path.</param>
    /// <param name="operation">The convolution.</param>
    /// <param name="kernels">How it is computed.</param>
    /// <param name="input">x.</param>
    /// <param name="output">y; its one reader gives a gradient without any mask.</param>
    /// <param name="gradients">Where the gradients of parameters go.</param>
    public ConvTrainingStep(string name, Conv2dOperation operation, IConvTraining kernels, TrainingValue input, TrainingValue output,
        IGradientMemory gradients) : base(name, output)
    {
        _operation = operation;
        _kernels = kernels;
        _gradients = gradients;
        _input = input;
        _inputGradient = input.AddGradient();
        input.AddHalo(kernels.InputHalo);
        _weight = new PinnedState(operation.Weight);
        _outChannels = operation.Weight.Shape[0];
        _bias = new PinnedArray(ChannelBlock.Count(_outChannels) * ChannelBlock.Size);
        _bias.Span.Clear();
    }

    public override string Algorithm => _kernels.Name;

    public override IEnumerable<TrainingValue> Inputs => [_input];

    public override IEnumerable<TrainingValue> Kept => [_input];

    public override IEnumerable<TrainingGradient?> Gives => [_inputGradient];

    public override int ForwardPhases => 2;

    public override int BackwardPhases => 2;

    private bool HasBiasGradient => _gradients.PointerTo(_operation.Bias) != null;

    private int PartialsLength => HasBiasGradient ? ChannelPartials.Length(Output.Images, _outChannels) : 0;

    public override Halo GradientHalo => _inputGradient is null ? default : _kernels.GradientHalo;

    public override int ScratchLength => checked(_kernels.PackedLength + _kernels.ScratchLength + PartialsLength);

    public override void CreateKernels(int threads) => _kernels.Create(_input.Layout, Output.Layout,
        Output.NeedsGradient ? Output.Gradients[0].Layout : null, _inputGradient?.Layout, _gradients.PointerTo(_operation.Weight) != null, threads);

    public override void Begin()
    {
        _weight.Refresh(forWriting: false);
        _operation.Bias?.Value.ReadOnlySpan.CopyTo(_bias.Span);
    }

    public override void Forward(in TrainingContext context, int phase)
    {
        float* packed = context.Scratch, scratch = packed + _kernels.PackedLength;
        if (phase == 0)
        {
            _kernels.Pack(_weight.Pointer, packed, context.Share);
            return;
        }
        context.ClearHalo(context.View(Output), Output.Images);
        _kernels.Forward(context.Pointer(_input), packed, _bias.Pointer, context.Pointer(Output), scratch, context.Share);
    }

    public override void Backward(in TrainingContext context, int phase)
    {
        float* packed = context.Scratch, scratch = packed + _kernels.PackedLength, partials = scratch + _kernels.ScratchLength;
        BlockedView gradient = context.View(Output.Gradients[0]), inputGradient = context.View(_inputGradient);
        float* weightGradient = _gradients.PointerTo(_operation.Weight);
        if (phase == 0)
        {
            if (!inputGradient.IsNone) _kernels.PackForGradient(_weight.Pointer, packed, context.Share);
            if (weightGradient != null)
                _kernels.WeightGradient(context.Pointer(_input), gradient.Pointer, weightGradient, context.Accumulates, scratch, context.Share);
            if (HasBiasGradient) BlockedChannelSums<TSimd, TVector>.Sum(Output.Images, new(gradient), default, null, default, partials, context.Share);
            return;
        }
        if (weightGradient != null) _kernels.FinishWeightGradient(weightGradient, context.Accumulates, scratch, context.Share);
        if (HasBiasGradient)
            ChannelPartials.ToBias(Output.Images, _outChannels, partials, context.Accumulates, _gradients.PointerTo(_operation.Bias), context.Share);
        if (inputGradient.IsNone) return;
        context.ClearHalo(inputGradient, _input.Images);
        _kernels.InputGradient(gradient.Pointer, packed, inputGradient.Pointer, scratch, context.Share);
    }
}
