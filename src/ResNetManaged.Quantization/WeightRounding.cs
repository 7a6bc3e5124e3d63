using ResNetManaged.Kernels.Quantized;
using ResNetManaged.Tensors;

namespace ResNetManaged.Quantization;

/// <summary>Rounds a layer's weights to integers times a scale for each output channel.</summary>
internal static class WeightRounding
{
    private const int Candidates = 16; // of clipping: the scale shrinks by 2.5 % a step
    private const float Step = 0.025f;

    /// <summary>Chooses each channel's scale for the least square error.</summary>
    /// <param name="weight">The weights; those of an output channel are consecutive.</param>
    /// <param name="max">The largest integer.</param>
    /// <param name="threads">The number of threads.</param>
    public static float[] Scales(Tensor weight, int max, int threads)
    {
        float[] scales = new float[weight.Shape[0]];
        int length = weight.ElementCount / scales.Length;
        _ = weight.ReadOnlySpan; // reads the file once, before the threads do
        Parallel.For(0, scales.Length, new ParallelOptions { MaxDegreeOfParallelism = threads },
            c => scales[c] = Scale(weight.ReadOnlySpan.Slice(c * length, length), max));
        return scales;
    }

    /// <summary>The weights that the integers stand for.</summary>
    public static Tensor Round(Tensor weight, float[] scales, int max)
    {
        Tensor rounded = Tensor.Uninitialized(weight.Shape);
        int length = weight.ElementCount / scales.Length;
        ReadOnlySpan<float> source = weight.ReadOnlySpan;
        Span<float> target = rounded.Span;
        for (int c = 0; c < scales.Length; c++)
        {
            float scale = scales[c];
            for (int i = c * length; i < (c + 1) * length; i++)
                target[i] = Math.Clamp(QuantizedWeights.Integer(source[i], scale), -max, max) * scale;
        }
        return rounded;
    }

    private static float Scale(ReadOnlySpan<float> weights, int max)
    {
        float largest = 0;
        foreach (float weight in weights) largest = Math.Max(largest, Math.Abs(weight));
        if (!(largest > 0)) return 1;
        float best = largest / max;
        double least = double.PositiveInfinity;
        for (int i = 0; i < Candidates; i++)
        {
            float scale = largest / max * (1 - i * Step), inverse = 1 / scale;
            double error = 0;
            foreach (float weight in weights)
            {
                float difference = weight - Math.Clamp(MathF.Round(weight * inverse), -max, max) * scale;
                error += difference * difference;
            }
            if (error < least) (best, least) = (scale, error);
        }
        return best;
    }
}
