using ResNetManaged.Kernels.Convolution;
using ResNetManaged.Kernels.Convolution.Winograd;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Memory;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Kernels.Threading;

namespace ResNetManaged.Plans.Lowering;

/// <summary>A 3 x 3 convolution of stride 1 by Winograd's minimal filtering, forward and both backward ways.</summary>
/// <remarks>The gradient of the weights is by F(4x4) on small planes too: its products have no weights to stream, which are what F(2x2) has fewer of.</remarks>
internal sealed unsafe class WinogradConvTraining<TSimd, TVector, TTransform>(ConvGeometry geometry) : IConvTraining
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
    where TTransform : struct, IWinogradGradient
{
    private readonly ConvGeometry _transposed = ConvGradient.Transposed(geometry);
    private WinogradConv<TSimd, TVector, TTransform> _forward = null!; // by Create
    private WinogradConv<TSimd, TVector, TTransform>? _inputGradient;
    private WinogradWeightGradient<TSimd, TVector, WinogradF4>? _weightGradient;
    private int _weightScratch; // the input's gradient has scratch of its own behind it, for both are computed at the same time

    public string Name => $"Winograd F({TTransform.OutputTile}x{TTransform.OutputTile})";

    public Halo InputHalo => Halo.Max(WinogradSizes.InputHalo<TTransform>(geometry), WinogradSizes.InputHalo<WinogradF4>(geometry));

    public Halo GradientHalo => WinogradSizes.InputHalo<TTransform>(_transposed);

    public int PackedLength => Math.Max(Length(_forward), _inputGradient is null ? 0 : Length(_inputGradient));

    public int ScratchLength { get; private set; }

    public void Create(BlockedLayout input, BlockedLayout output, BlockedLayout? gradient, BlockedLayout? inputGradient, bool trainsWeights, int threads)
    {
        _forward = new(geometry, input, output, output, relu: false, StepFactory.WinogradBlock);
        _forward.PrepareTiles();
        ScratchLength = _forward.ScratchLength(threads);
        if (gradient is null) return;
        if (trainsWeights)
        {
            _weightGradient = new(geometry, input, gradient.Value, WinogradWeightGradient<TSimd, TVector, WinogradF4>.TilesAtOnce(geometry));
            _weightGradient.Prepare();
            _weightScratch = _weightGradient.ScratchLength(threads);
            ScratchLength = Math.Max(ScratchLength, _weightScratch);
        }
        if (inputGradient is null) return;
        _inputGradient = new(_transposed, gradient.Value, inputGradient.Value, inputGradient.Value, relu: false, StepFactory.WinogradBlock);
        _inputGradient.PrepareTiles();
        ScratchLength = Math.Max(ScratchLength, checked(_weightScratch + _inputGradient.ScratchLength(threads)));
    }

    public void Pack(float* weight, float* packed, WorkShare share) =>
        WinogradTrainingWeights.Pack<TSimd, TVector, TTransform>(geometry, _forward.Panels, weight, forGradient: false, packed, share);

    public void Forward(float* input, float* packed, float* bias, float* output, float* scratch, WorkShare share) =>
        _forward.Run(input, packed, bias, null, output, scratch, packed, share);

    public void PackForGradient(float* weight, float* packed, WorkShare share) =>
        WinogradTrainingWeights.Pack<TSimd, TVector, TTransform>(geometry, _inputGradient!.Panels, weight, forGradient: true, packed, share);

    public void InputGradient(float* gradient, float* packed, float* inputGradient, float* scratch, WorkShare share) =>
        _inputGradient!.Run(gradient, packed, NoBias.Pointer, null, inputGradient, scratch + _weightScratch, packed, share);

    public void WeightGradient(float* input, float* gradient, float* weightGradient, bool accumulates, float* scratch, WorkShare share) =>
        _weightGradient!.Run(input, gradient, weightGradient, accumulates, scratch, share);

    public void FinishWeightGradient(float* weightGradient, bool accumulates, float* scratch, WorkShare share) =>
        _weightGradient!.Finish(weightGradient, accumulates, scratch, share);

    private PinnedArray NoBias { get; } = Zeros(ChannelBlock.Count(geometry.InChannels) * ChannelBlock.Size);

    private static int Length(WinogradConv<TSimd, TVector, TTransform> kernel) => WinogradWeights.Length(kernel.Panels, WinogradSizes.Points<TTransform>());

    private static PinnedArray Zeros(int length)
    {
        PinnedArray zeros = new(length);
        zeros.Span.Clear();
        return zeros;
    }
}
