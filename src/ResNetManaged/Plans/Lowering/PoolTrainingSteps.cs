using ResNetManaged.Kernels.Pooling;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Plans.Execution;
using ResNetManaged.Tensors;

namespace ResNetManaged.Plans.Lowering;

/// <summary>Maximum over windows.</summary>
internal sealed unsafe class MaxPoolTrainingStep<TSimd, TVector> : UnaryTrainingStep
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    private readonly PoolGeometry _geometry;
    private BlockedMaxPool<TSimd, TVector> _kernel = null!; // by CreateKernels

    public MaxPoolTrainingStep(string name, PoolGeometry geometry, TrainingValue input, TrainingValue output) : base(name, input, output) => _geometry = geometry;

    public override string Algorithm => "maximum of windows";

    public override IEnumerable<TrainingValue> Kept => [Input, Output];

    public override bool TakesSums => true;

    public override void CreateKernels(int threads) => _kernel = new(_geometry, Input.Layout, Output.Layout);

    public override void Forward(in TrainingContext context, int phase)
    {
        context.ClearHalo(context.View(Output), Output.Images);
        _kernel.Run(context.Pointer(Input), context.Pointer(Output), context.Share);
    }

    public override void Backward(in TrainingContext context, int phase) => BlockedMaxPoolGradient<TSimd, TVector>.Run(_geometry, context.View(Input),
        context.View(Output), context.GradientOf(Output, isRelu: false), context.View(InputGradient), context.Share);
}

/// <summary>The mean of each plane.</summary>
internal sealed unsafe class GlobalPoolTrainingStep<TSimd, TVector>(string name, TrainingValue input, TrainingValue output)
    : UnaryTrainingStep(name, input, output)
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    private BlockedGlobalPool<TSimd, TVector> _kernel = null!; // by CreateKernels

    public override string Algorithm => "means of planes";

    public override void CreateKernels(int threads) => _kernel = new(Input.Images, Input.Layout, Output.Layout);

    public override void Forward(in TrainingContext context, int phase) =>
        _kernel.Run(context.Pointer(Input), context.Pointer(Output), context.Share);

    public override void Backward(in TrainingContext context, int phase) => BlockedAveragePoolGradient<TSimd, TVector>.Global(Input.Images,
        context.View(Output.Gradients[0]), context.View(InputGradient), context.Share);
}

/// <summary>The parameter-free shortcut.</summary>
internal sealed unsafe class ZeroPadTrainingStep(string name, Size2D stride, TrainingValue input, TrainingValue output) : UnaryTrainingStep(name, input, output)
{
    private BlockedZeroPad _kernel = null!; // by CreateKernels

    public override string Algorithm => "copy";

    public override void CreateKernels(int threads) => _kernel = new(Input.Images, stride, Input.Layout, Output.Layout);

    public override void Forward(in TrainingContext context, int phase)
    {
        context.ClearHalo(context.View(Output), Output.Images);
        _kernel.Run(context.Pointer(Input), context.Pointer(Output), context.Share);
    }

    public override void Backward(in TrainingContext context, int phase) => BlockedZeroPadGradient.Run(Input.Images, stride,
        context.View(Output.Gradients[0]), context.View(InputGradient), context.Share);
}
