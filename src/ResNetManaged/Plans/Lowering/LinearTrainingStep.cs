using ResNetManaged.Graphs.Operations;
using ResNetManaged.Kernels.Convolution;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Linear;
using ResNetManaged.Kernels.Memory;
using ResNetManaged.Kernels.Normalization;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Plans.Execution;

namespace ResNetManaged.Plans.Lowering;

/// <summary>A linear layer on features.</summary>
internal sealed unsafe class LinearTrainingStep<TSimd, TVector> : TrainingStep
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    private readonly LinearOperation _operation;
    private readonly TrainingValue _input;
    private readonly TrainingGradient? _inputGradient;
    private readonly DirectConvTraining<TSimd, TVector> _kernels;
    private readonly PinnedState _weight;
    private readonly IGradientMemory _gradients;
    private readonly PinnedArray _bias; // of whole blocks

    public LinearTrainingStep(string name, LinearOperation operation, TrainingValue input, TrainingValue output, IGradientMemory gradients) : base(name, output)
    {
        _operation = operation;
        _gradients = gradients;
        _input = input;
        _inputGradient = input.AddGradient();
        _weight = new PinnedState(operation.Weight);
        int outputs = operation.Weight.Shape[0];
        _kernels = new(new ConvGeometry(1, operation.Weight.Shape[1], input.Layout.Size, outputs, 1, 1, 0, 1, groups: 1));
        _bias = new PinnedArray(ChannelBlock.Count(outputs) * ChannelBlock.Size);
        _bias.Span.Clear();
    }

    public override string Algorithm => "direct";

    public override IEnumerable<TrainingValue> Inputs => [_input];

    public override IEnumerable<TrainingValue> Kept => [_input];

    public override IEnumerable<TrainingGradient?> Gives => [_inputGradient];

    public override int ForwardPhases => 2;

    public override int BackwardPhases => 2;

    private int Outputs => Output.Layout.Channels;

    public override int ScratchLength => checked(_kernels.PackedLength + ChannelPartials.Length(1, Outputs));

    public override void CreateKernels(int threads) => _kernels.Create(_input.Layout, Output.Layout,
        Output.NeedsGradient ? Output.Gradients[0].Layout : null, _inputGradient?.Layout, trainsWeights: false, threads); // it has a kernel of its own

    public override void Begin()
    {
        _weight.Refresh(forWriting: false);
        _operation.Bias?.Value.ReadOnlySpan.CopyTo(_bias.Span);
    }

    public override void Forward(in TrainingContext context, int phase)
    {
        float* packed = context.Scratch;
        if (phase == 0) _kernels.Pack(_weight.Pointer, packed, context.Share);
        else _kernels.Forward(context.Pointer(_input), packed, _bias.Pointer, context.Pointer(Output), null, context.Share);
    }

    public override void Backward(in TrainingContext context, int phase)
    {
        float* packed = context.Scratch, partials = packed + _kernels.PackedLength;
        float* weightGradient = _gradients.PointerTo(_operation.Weight), biasGradient = _gradients.PointerTo(_operation.Bias);
        BlockedView gradient = context.View(Output.Gradients[0]), inputGradient = context.View(_inputGradient);
        if (phase == 0)
        {
            if (!inputGradient.IsNone) _kernels.PackForGradient(_weight.Pointer, packed, context.Share);
            if (weightGradient != null)
                BlockedLinearGradient<TSimd, TVector>.Weights(gradient, context.View(_input), context.Accumulates, weightGradient, context.Share);
            if (biasGradient != null) BlockedChannelSums<TSimd, TVector>.Sum(1, new(gradient), default, null, default, partials, context.Share);
            return;
        }
        if (biasGradient != null) ChannelPartials.ToBias(1, Outputs, partials, context.Accumulates, biasGradient, context.Share);
        if (!inputGradient.IsNone) _kernels.InputGradient(gradient.Pointer, packed, inputGradient.Pointer, null, context.Share);
    }
}
