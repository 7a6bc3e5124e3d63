using ResNetManaged.Kernels.Tiles;

namespace ResNetManaged.Kernels.Convolution.Stem;

/// <summary>The stem's weights as its products need them: G g of each kernel row, computed in double, one matrix for each point.</summary>
internal static class StemWeights
{
    private static readonly double[][,] KernelMatrices = [StemTransform.KernelMatrix(0), StemTransform.KernelMatrix(1)];

    /// <summary>Transforms and packs weights.</summary>
    /// <param name="geometry">The convolution.</param>
    /// <param name="panels">How each point's weights are packed.</param>
    /// <param name="weight">OIHW.</param>
    /// <param name="scale">A factor for each output channel's weights.</param>
    /// <param name="packed">Receives the weights of all points.</param>
    public static void Pack(in ConvGeometry geometry, ConvPanels panels, ReadOnlySpan<float> weight, ReadOnlySpan<double> scale, Span<float> packed)
    {
        Check.Length("Stem weights", nameof(weight), weight.Length, geometry.WeightLength);
        Check.Length("Stem weights", nameof(packed), packed.Length, StemTransform.Points * panels.WeightLength);
        ConvGeometry point = StemSizes.PointGeometry(geometry);
        double[] ones = new double[geometry.OutChannels];
        Array.Fill(ones, 1);
        float[] transformed = new float[point.WeightLength]; // [out channel][phase][channel][kernel row]
        for (int p = 0; p < StemTransform.Points; p++)
        {
            for (int i = 0; i < transformed.Length; i++) transformed[i] = (float)Transformed(geometry, weight, scale, p, i);
            panels.Pack(point, transformed, ones, packed.Slice(p * panels.WeightLength, panels.WeightLength));
        }
    }

    /// <summary>Element i of a point's weights, <c>[out channel][phase][channel][kernel row]</c>.</summary>
    private static double Transformed(in ConvGeometry geometry, ReadOnlySpan<float> weight, ReadOnlySpan<double> scale, int point, int i)
    {
        (int rest, int row) = Math.DivRem(i, StemTransform.Kernel);
        (rest, int channel) = Math.DivRem(rest, geometry.InChannels);
        (int outChannel, int phase) = Math.DivRem(rest, StemSizes.Phases);
        if (point >= StemTransform.PointsOf(phase)) return 0;
        ReadOnlySpan<float> kernel = weight.Slice(((outChannel * geometry.InChannels + channel) * StemTransform.Kernel + row) * StemTransform.Kernel,
            StemTransform.Kernel);
        double[,] matrix = KernelMatrices[phase];
        double sum = 0;
        for (int tap = 0; tap < StemTransform.Taps(phase); tap++) sum += matrix[point, tap] * kernel[StemTransform.Stride * tap + phase];
        return sum * scale[outChannel];
    }
}
