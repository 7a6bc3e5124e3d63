using ResNetManaged.Kernels.Convolution;
using ResNetManaged.Kernels.Convolution.Direct;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Kernels.Threading;

namespace ResNetManaged.Plans.Lowering.Convolution;

/// <summary>A direct convolution, with any kernel, stride, dilation and groups; also linear layers, as 1 x 1 convolutions.</summary>
internal sealed unsafe class DirectConvTraining<TSimd, TVector> : IConvTraining
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    private readonly ConvGeometry _geometry;
    private readonly double[] _scale;
    private readonly BlockedConv<TSimd, TVector> _forward;
    private readonly BlockedConvDataGradient<TSimd, TVector>? _inputGradient;
    private readonly BlockedConvWeightGradient<TSimd, TVector>? _weightGradient;

    public DirectConvTraining(in ConvGeometry geometry, in ConvTrainingLayouts layouts)
    {
        _geometry = geometry;
        _scale = new double[geometry.OutChannels];
        Array.Fill(_scale, 1);
        _forward = new(geometry, layouts.Input, layouts.Output, layouts.Output, relu: false);
        _forward.PrepareTiles();
        PackedLength = _forward.Panels.WeightLength;
        if (layouts.Gradient is not BlockedLayout gradient) return;
        if (layouts.TrainsWeights)
        {
            _weightGradient = new(geometry, layouts.Input, gradient);
            _weightGradient.Prepare();
            ScratchLength = _weightGradient.ScratchLength(layouts.Threads);
        }
        if (layouts.InputGradient is not BlockedLayout inputGradient) return;
        _inputGradient = new(geometry, gradient, inputGradient);
        _inputGradient.Prepare();
        PackedLength = Math.Max(PackedLength, _inputGradient.WeightLength);
    }

    public string Name => "direct";

    public int PackedLength { get; }

    public int ScratchLength { get; }

    public void Pack(float* weight, float* packed, WorkShare share) => _forward.Panels.Pack(_geometry, new ReadOnlySpan<float>(weight, _geometry.WeightLength),
        _scale, new Span<float>(packed, _forward.Panels.WeightLength), share);

    public void Forward(float* input, float* packed, float* bias, float* output, float* scratch, WorkShare share) =>
        _forward.Run(input, packed, bias, null, output, packed, share);

    public void PackForGradient(float* weight, float* packed, WorkShare share) => _inputGradient!.Pack(weight, packed, share);

    public void InputGradient(float* gradient, float* packed, float* inputGradient, float* scratch, WorkShare share) =>
        _inputGradient!.Run(gradient, packed, inputGradient, accumulate: false, packed, share);

    public void WeightGradient(float* input, float* gradient, float* weightGradient, bool accumulates, float* scratch, WorkShare share) =>
        _weightGradient!.Run(input, gradient, weightGradient, accumulates, scratch, share);

    public void FinishWeightGradient(float* weightGradient, bool accumulates, float* scratch, WorkShare share) =>
        _weightGradient!.Finish(weightGradient, accumulates, scratch, share);
}
