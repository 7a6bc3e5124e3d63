using BenchmarkDotNet.Attributes;
using ResNetManaged.Kernels.Convolution;
using ResNetManaged.Kernels.Convolution.Direct;
using ResNetManaged.Kernels.Convolution.Winograd;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Memory;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Kernels.Threading;
using ResNetManaged.Tensors.Random;

namespace ResNetManaged.Benchmarks.Kernels;

/// <summary>The gradients of every distinct convolution of ResNet-18 and ResNet-50, on one thread and one image.</summary>
/// <remarks>Weights and activations stay in the caches between calls. The data gradient's weights are packed beforehand.</remarks>
public unsafe class ConvolutionGradientBenchmarks
{
    private readonly Dictionary<string, Action> _gradients = [];

    public IEnumerable<ConvolutionShape> Shapes => ConvolutionShapes.All;

    public IEnumerable<SimdPath> SimdPaths => Selection.Simd;

    [ParamsSource(nameof(Shapes))]
    public ConvolutionShape Shape { get; set; } = null!;

    [ParamsSource(nameof(SimdPaths))]
    public SimdPath Simd { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _gradients.Clear();
        SimdDispatch.Run(SimdDispatch.Resolve(Simd), new Preparation(Shape.Geometry, _gradients));
        foreach (Action gradient in _gradients.Values) WarmUp.Run(gradient);
    }

    [Benchmark]
    public void Weight() => _gradients[nameof(Weight)]();

    /// <summary>The direct algorithm, except for 3 x 3 convolutions with stride 1.</summary>
    [Benchmark]
    public void WeightWinogradF4() => _gradients[nameof(WeightWinogradF4)]();

    [Benchmark]
    public void Data() => _gradients[nameof(Data)]();

    private readonly struct Preparation(ConvGeometry geometry, Dictionary<string, Action> gradients) : ISimdAction
    {
        public void Invoke<TSimd, TVector>()
            where TSimd : struct, ISimd<TVector>
            where TVector : struct
        {
            ConvGeometry g = geometry;
            bool isWinograd = g.Kernel == 3 && g.Stride == 1;
            Halo read = Halo.Of(g.Input, g.Output, g.Kernel, g.Stride, g.Padding);
            if (isWinograd) read = Halo.Max(read, WinogradSizes.InputHalo<WinogradF4>(g));
            BlockedLayout x = new(g.InChannels, g.Input, read), y = new(g.OutChannels, g.Output, ConvGradient.Halo(g));
            PinnedArray input = Random(g.Batch * x.ImageStride), gradient = Random(g.Batch * y.ImageStride), result = new(g.WeightLength);
            PinnedArray inputGradient = new(g.Batch * x.ImageStride);

            BlockedConvWeightGradient<TSimd, TVector> weight = new(g, x, y);
            PinnedArray scratch = new(weight.ScratchLength(threads: 1));
            gradients[nameof(Weight)] = gradients[nameof(WeightWinogradF4)] = () =>
            {
                weight.Run(input.Pointer, gradient.Pointer, result.Pointer, accumulate: false, scratch.Pointer, WorkShare.All);
                weight.Finish(result.Pointer, accumulate: false, scratch.Pointer, WorkShare.All);
            };
            if (isWinograd)
            {
                int block = WinogradWeightGradient<TSimd, TVector, WinogradF4>.TilesAtOnce(g);
                WinogradWeightGradient<TSimd, TVector, WinogradF4> winograd = new(g, x, y, block);
                PinnedArray points = new(winograd.ScratchLength(threads: 1));
                gradients[nameof(WeightWinogradF4)] = () =>
                {
                    winograd.Run(input.Pointer, gradient.Pointer, result.Pointer, accumulate: false, points.Pointer, WorkShare.All);
                    winograd.Finish(result.Pointer, accumulate: false, points.Pointer, WorkShare.All);
                };
            }
            BlockedConvDataGradient<TSimd, TVector> data = new(g, y, x);
            PinnedArray packed = Random(data.WeightLength);
            gradients[nameof(Data)] = () =>
                data.Run(gradient.Pointer, packed.Pointer, inputGradient.Pointer, accumulate: false, packed.Pointer, WorkShare.All);
        }

        private static PinnedArray Random(int length)
        {
            PinnedArray array = new(length);
            new TorchGenerator(0).FillUniform(array.Span, -1f, 1f);
            return array;
        }
    }
}
