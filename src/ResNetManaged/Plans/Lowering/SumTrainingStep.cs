using ResNetManaged.Kernels.Elementwise;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Plans.Execution;

namespace ResNetManaged.Plans.Lowering;

/// <summary>A sum or a ReLU that no batch norm took over: y = relu(x + added), each part where it is wanted.</summary>
internal sealed unsafe class SumTrainingStep<TSimd, TVector> : TrainingStep
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    private readonly TrainingValue _input;
    private readonly TrainingValue? _added;
    private readonly TrainingGradient? _inputGradient, _addedGradient;
    private readonly bool _relu;
    private BlockedElementwise<TSimd, TVector> _kernel = null!; // by CreateKernels

    public SumTrainingStep(string name, TrainingValue input, TrainingValue? added, bool relu, TrainingValue output) : base(name, output)
    {
        (_input, _added, _relu) = (input, added, relu);
        _inputGradient = input.AddGradient();
        _addedGradient = added?.AddGradient();
    }

    public override string Algorithm => "elementwise";

    public override IEnumerable<TrainingValue> Inputs => _added is null ? [_input] : [_input, _added];

    public override IEnumerable<TrainingValue> Kept => _relu ? [Output] : [];

    public override IEnumerable<TrainingGradient?> Gives => [_inputGradient, _addedGradient];

    public override bool TakesSums => true;

    public override void CreateKernels(int threads) => _kernel = new(Output.Images, _input.Layout, (_added ?? Output).Layout, Output.Layout, _relu);

    public override void Forward(in TrainingContext context, int phase)
    {
        context.ClearHalo(context.View(Output), Output.Images);
        _kernel.Run(context.Pointer(_input), null, null, _added is null ? null : context.Pointer(_added), context.Pointer(Output), context.Share);
    }

    public override void Backward(in TrainingContext context, int phase)
    {
        BlockedGradient gradient = context.GradientOf(Output, _relu);
        foreach (TrainingGradient? target in (ReadOnlySpan<TrainingGradient?>)[_inputGradient, _addedGradient])
            if (target is not null) BlockedSum<TSimd, TVector>.Run(Output.Images, gradient, context.View(target), context.Share);
    }
}
