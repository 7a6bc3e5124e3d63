using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Memory;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Kernels.Threading;
using ResNetManaged.Kernels.Tiles;

namespace ResNetManaged.Kernels.Convolution.Winograd;

/// <summary>
/// Weights for <see cref="WinogradConv{TSimd, TVector, TTransform}"/> that change with every training step: the matrices of
/// <see cref="WinogradWeights"/>, computed in float32 by all threads, for the convolution itself or for its data gradient.
/// </summary>
internal static unsafe class WinogradTrainingWeights
{
    private const int Taps = 9;

    /// <summary>Transforms and packs this thread's share of the panels.</summary>
    /// <param name="geometry">The convolution: 3 x 3, one group.</param>
    /// <param name="panels">The panels of the 1 x 1 convolution at each point, of this convolution or of its data gradient.</param>
    /// <param name="weight">The convolution's weights, OIHW.</param>
    /// <param name="forGradient">Whether to rotate them by 180 degrees and swap their channels: <see cref="ConvGradient.Transposed"/>.</param>
    /// <param name="packed">Receives <see cref="WinogradWeights.Length"/> floats.</param>
    /// <param name="share">This thread's part.</param>
    public static void Pack<TSimd, TVector, TTransform>(in ConvGeometry geometry, ConvPanels panels, float* weight, bool forGradient, float* packed,
        WorkShare share)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
        where TTransform : struct, IWinogradGradient
    {
        (int p, int end) = share.Of(panels.Panels.Length);
        for (; p < end; p++) PackPanel<TSimd, TVector, TTransform>(geometry, panels, panels.Panels[p], weight, forGradient, packed);
    }

    /// <summary>Gathers the kernels of 16 channels, <c>[channel][element][lane]</c>, and transforms them a vector at a time.</summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackPanel<TSimd, TVector, TTransform>(in ConvGeometry geometry, ConvPanels panels, in ConvPanel panel, float* weight, bool forGradient,
        float* packed)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
        where TTransform : struct, IWinogradGradient
    {
        int width = panel.Vectors * TSimd.Lanes, kernelLength = Taps * width;
        (int depth, int laneChannels) = forGradient ? (geometry.OutChannels, geometry.InChannels) : (geometry.InChannels, geometry.OutChannels);
        int lanes = Math.Min(width, laneChannels - panel.FirstChannel);
        nint output = (nint)geometry.InChannels * Taps;
        int kernelsLength = ChannelBlock.Size * kernelLength;
        float* memory = stackalloc float[kernelsLength + WinogradSizes.Points<TTransform>() * ChannelBlock.Size + CacheLine.Floats];
        float* kernels = CacheLine.Align(memory), rows = kernels + kernelsLength;
        for (int block = 0; block < panel.Blocks; block++)
        {
            int first = block * ChannelBlock.Size, channels = Math.Min(ChannelBlock.Size, depth - first);
            if (channels < ChannelBlock.Size || lanes < width) new Span<float>(kernels, ChannelBlock.Size * kernelLength).Clear();
            if (forGradient)
            {
                for (int channel = 0; channel < channels; channel++)
                {
                    float* source = weight + (first + channel) * output + panel.FirstChannel * Taps, target = kernels + channel * kernelLength;
                    for (int lane = 0; lane < lanes; lane++, source += Taps)
                        for (int tap = 0; tap < Taps; tap++) target[tap * width + lane] = source[Taps - 1 - tap];
                }
            }
            else
            {
                for (int lane = 0; lane < lanes; lane++)
                {
                    float* source = weight + (panel.FirstChannel + lane) * output + first * Taps, target = kernels + lane;
                    for (int i = 0; i < channels * Taps; i++, target += width) *target = source[i];
                }
            }
            float* place = packed + panel.Weights + (nint)first * width;
            for (int channel = 0; channel < ChannelBlock.Size; channel++)
            {
                for (int lane = 0; lane < width; lane += TSimd.Lanes, place += TSimd.Lanes)
                    TTransform.TransformWeights<TSimd, TVector>(kernels + channel * kernelLength + lane, width, place, panels.WeightLength, rows);
            }
        }
    }
}
