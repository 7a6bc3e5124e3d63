using ResNetManaged.Kernels.Convolution;
using ResNetManaged.Kernels.Convolution.Direct;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Kernels.Threading;
using ResNetManaged.Tensors;

namespace ResNetManaged.Plans.Lowering;

/// <summary>A convolution by its definition: any kernel, stride, dilation, groups; and linear layers, as 1 x 1 ones.</summary>
internal sealed unsafe class DirectConvTraining<TSimd, TVector>(ConvGeometry geometry) : IConvTraining
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    private readonly double[] _scale = Ones(geometry.OutChannels);
    private BlockedConv<TSimd, TVector> _forward = null!; // by Create
    private BlockedConvDataGradient<TSimd, TVector>? _inputGradient;
    private BlockedConvWeightGradient<TSimd, TVector>? _weightGradient;

    public string Name => "direct";

    public Halo InputHalo => Halo.Of(geometry.Input, geometry.Output, Span, geometry.Stride, geometry.Padding);

    public Halo GradientHalo => ConvGradient.Halo(geometry);

    public int PackedLength => Math.Max(_forward.Panels.WeightLength, _inputGradient?.WeightLength ?? 0);

    public int ScratchLength { get; private set; }

    private Size2D Span => new((int)Window.Span(geometry.Kernel.Height, geometry.Dilation.Height),
        (int)Window.Span(geometry.Kernel.Width, geometry.Dilation.Width));

    public void Create(BlockedLayout input, BlockedLayout output, BlockedLayout? gradient, BlockedLayout? inputGradient, bool trainsWeights, int threads)
    {
        _forward = new(geometry, input, output, output, relu: false);
        _forward.PrepareTiles();
        if (gradient is null) return;
        if (trainsWeights)
        {
            _weightGradient = new(geometry, input, gradient.Value);
            _weightGradient.Prepare();
            ScratchLength = _weightGradient.ScratchLength(threads);
        }
        if (inputGradient is null) return;
        _inputGradient = new(geometry, gradient.Value, inputGradient.Value);
        _inputGradient.Prepare();
    }

    public void Pack(float* weight, float* packed, WorkShare share) => _forward.Panels.Pack(geometry, new ReadOnlySpan<float>(weight, geometry.WeightLength),
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

    private static double[] Ones(int count)
    {
        double[] ones = new double[count];
        Array.Fill(ones, 1);
        return ones;
    }
}
