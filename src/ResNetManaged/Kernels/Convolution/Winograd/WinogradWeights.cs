using System.Numerics;
using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Tiles;

namespace ResNetManaged.Kernels.Convolution.Winograd;

/// <summary>A convolution's weights as Winograd products need them: G g G^T, computed in double, one matrix for each point.</summary>
internal static unsafe class WinogradWeights
{
    private const int Taps = 9;

    /// <summary>Floats of the matrices of all points, each <c>[panel][input channel or channel of the group][lanes of the panel]</c>.</summary>
    public static int Length(ConvPanels panels, int points) => checked(points * panels.WeightLength);

    /// <summary>Transforms and packs weights.</summary>
    /// <typeparam name="TTransform">The minimal filtering.</typeparam>
    /// <param name="geometry">The convolution: 3 x 3.</param>
    /// <param name="panels">The panels of the 1 x 1 convolution at each point.</param>
    /// <param name="weight">OIHW.</param>
    /// <param name="scale">A factor for each output channel's weights.</param>
    /// <param name="packed">Receives <see cref="Length"/> floats.</param>
    public static void Pack<TTransform>(in ConvGeometry geometry, ConvPanels panels, ReadOnlySpan<float> weight, ReadOnlySpan<double> scale,
        Span<float> packed)
        where TTransform : struct, IWinogradTransform
    {
        Check.Length("Winograd weights", nameof(weight), weight.Length, geometry.WeightLength);
        Check.Length("Winograd weights", nameof(packed), packed.Length, Length(panels, WinogradSizes.Points<TTransform>()));
        fixed (float* source = weight, target = packed)
        fixed (double* factors = scale)
        {
            foreach (ConvPanel panel in panels.Panels) PackPanel<TTransform>(geometry, panels, panel, source, factors, target);
        }
    }

    /// <summary>For each input channel, gathers the kernels of all lanes and transforms them together.</summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackPanel<TTransform>(in ConvGeometry geometry, ConvPanels panels, in ConvPanel panel, float* source, double* scale,
        float* target)
        where TTransform : struct, IWinogradTransform
    {
        int width = panel.Vectors * panels.Lanes, size = TTransform.OutputTile + 2;
        int inGroup = geometry.InChannels / geometry.Groups, outGroup = geometry.OutChannels / geometry.Groups;
        int start = panel.FirstBlock * panels.BlockSize, count = panel.Blocks * panels.Depth;
        int lanes = Math.Min(width, geometry.OutChannels - panel.FirstChannel);
        double* scratch = stackalloc double[(Taps + 3 * size) * width];
        double* kernels = scratch, rows = kernels + Taps * width; // g, G g
        ReadOnlySpan<double> g = TTransform.Kernel;
        new Span<double>(kernels, Taps * width).Clear();
        for (int i = 0; i < count; i++)
        {
            for (int lane = 0; lane < lanes; lane++)
            {
                int channel = panel.FirstChannel + lane;
                int input = panels.GroupsOfLanes ? i : start + i - channel / outGroup * inGroup; // within the channel's group
                float* kernel = source + ((nint)channel * inGroup + input) * Taps;
                bool exists = input >= 0 && input < inGroup;
                for (int tap = 0; tap < Taps; tap++) kernels[tap * width + lane] = exists ? kernel[tap] * scale[channel] : 0;
            }
            for (int row = 0; row < size; row++) Combine(kernels, 3 * width, g.Slice(3 * row, 3), rows + row * 3 * width, 3 * width);
            float* place = target + panel.Weights + i * width;
            for (int row = 0; row < size; row++)
            {
                for (int column = 0; column < size; column++, place += panels.WeightLength)
                {
                    CombineToSingle(rows + row * 3 * width, width, g.Slice(3 * column, 3), place, width);
                }
            }
        }
    }

    /// <summary>result = f0 x0 + f1 x1 + f2 x2, lane by lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Combine(double* x, int stride, ReadOnlySpan<double> factors, double* result, int width)
    {
        int lane = 0;
        for (; lane <= width - Vector<double>.Count; lane += Vector<double>.Count) Sum(x + lane, stride, factors).Store(result + lane);
        for (; lane < width; lane++) result[lane] = x[lane] * factors[0] + x[stride + lane] * factors[1] + x[2 * stride + lane] * factors[2];
    }

    /// <summary>The same, rounded to float32.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void CombineToSingle(double* x, int stride, ReadOnlySpan<double> factors, float* result, int width)
    {
        int lane = 0;
        for (; lane <= width - Vector<float>.Count; lane += Vector<float>.Count)
            Vector.Narrow(Sum(x + lane, stride, factors), Sum(x + lane + Vector<double>.Count, stride, factors)).Store(result + lane);
        for (; lane < width; lane++)
            result[lane] = (float)(x[lane] * factors[0] + x[stride + lane] * factors[1] + x[2 * stride + lane] * factors[2]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<double> Sum(double* x, int stride, ReadOnlySpan<double> factors) =>
        Vector.Load(x) * factors[0] + Vector.Load(x + stride) * factors[1] + Vector.Load(x + 2 * stride) * factors[2];
}
