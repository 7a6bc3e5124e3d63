using ResNetManaged.Kernels.Convolution;
using ResNetManaged.Kernels.Convolution.Winograd;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Memory;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Kernels.Threading;

namespace ResNetManaged.Plans.Lowering.Convolution;

/// <summary>A 3 x 3 convolution of stride 1 by Winograd's minimal filtering, forward, and both gradients.</summary>
/// <remarks>
/// The gradient of the weights uses F(4x4) on small planes too: the advantage of F(2x2) is that it streams fewer weights, and this gradient streams
/// none.
/// </remarks>
internal sealed unsafe class WinogradConvTraining<TSimd, TVector, TTransform> : IConvTraining
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
    where TTransform : struct, IWinogradGradient
{
    private readonly ConvGeometry _geometry;
    private readonly WinogradConv<TSimd, TVector, TTransform> _forward;
    private readonly WinogradConv<TSimd, TVector, TTransform>? _inputGradient;
    private readonly WinogradWeightGradient<TSimd, TVector, WinogradF4>? _weightGradient;
    private readonly PinnedArray _noBias;
    private readonly int _weightScratch; // followed by the scratch of the input's gradient, which is computed at the same time

    public WinogradConvTraining(in ConvGeometry geometry, in ConvTrainingLayouts layouts)
    {
        _geometry = geometry;
        _noBias = new PinnedArray(ChannelBlock.Count(geometry.InChannels) * ChannelBlock.Size);
        _noBias.Span.Clear();
        _forward = new(geometry, layouts.Input, layouts.Output, layouts.Output, relu: false, Conv2dLowering.WinogradBlock);
        _forward.PrepareTiles();
        PackedLength = Length(_forward);
        ScratchLength = _forward.ScratchLength(layouts.Threads);
        if (layouts.Gradient is not BlockedLayout gradient) return;
        if (layouts.TrainsWeights)
        {
            _weightGradient = new(geometry, layouts.Input, gradient, WinogradWeightGradient<TSimd, TVector, WinogradF4>.TilesAtOnce(geometry));
            _weightGradient.Prepare();
            _weightScratch = _weightGradient.ScratchLength(layouts.Threads);
            ScratchLength = Math.Max(ScratchLength, _weightScratch);
        }
        if (layouts.InputGradient is not BlockedLayout inputGradient) return;
        _inputGradient = new(ConvGradient.Transposed(geometry), gradient, inputGradient, inputGradient, relu: false, Conv2dLowering.WinogradBlock);
        _inputGradient.PrepareTiles();
        PackedLength = Math.Max(PackedLength, Length(_inputGradient));
        ScratchLength = Math.Max(ScratchLength, checked(_weightScratch + _inputGradient.ScratchLength(layouts.Threads)));
    }

    public string Name => $"Winograd F({TTransform.OutputTile}x{TTransform.OutputTile})";

    public int PackedLength { get; }

    public int ScratchLength { get; }

    public void Pack(float* weight, float* packed, WorkShare share) =>
        WinogradTrainingWeights.Pack<TSimd, TVector, TTransform>(_geometry, _forward.Panels, weight, forGradient: false, packed, share);

    public void Forward(float* input, float* packed, float* bias, float* output, float* scratch, WorkShare share) =>
        _forward.Run(input, packed, bias, null, output, scratch, packed, share);

    public void PackForGradient(float* weight, float* packed, WorkShare share) =>
        WinogradTrainingWeights.Pack<TSimd, TVector, TTransform>(_geometry, _inputGradient!.Panels, weight, forGradient: true, packed, share);

    public void InputGradient(float* gradient, float* packed, float* inputGradient, float* scratch, WorkShare share) =>
        _inputGradient!.Run(gradient, packed, _noBias.Pointer, null, inputGradient, scratch + _weightScratch, packed, share);

    public void WeightGradient(float* input, float* gradient, float* weightGradient, bool accumulates, float* scratch, WorkShare share) =>
        _weightGradient!.Run(input, gradient, weightGradient, accumulates, scratch, share);

    public void FinishWeightGradient(float* weightGradient, bool accumulates, float* scratch, WorkShare share) =>
        _weightGradient!.Finish(weightGradient, accumulates, scratch, share);

    private static int Length(WinogradConv<TSimd, TVector, TTransform> kernel) => WinogradWeights.Length(kernel.Panels, WinogradSizes.Points<TTransform>());
}
