using ResNetManaged.Tensors;

namespace ResNetManaged.Tests.Reference;

/// <summary>Batch norm by definition, in double, on NCHW.</summary>
internal sealed class ReferenceBatchNorm
{
    private readonly int _channels, _area;
    private readonly double _eps;

    /// <summary>The statistics of a batch.</summary>
    public ReferenceBatchNorm(int images, int channels, Size2D size, ReadOnlySpan<double> x, double eps)
    {
        (_channels, _area, _eps) = (channels, size.Area, eps);
        (Mean, Variance, Distance) = (new double[channels], new double[channels], new double[channels]);
        double count = (double)images * _area;
        for (int i = 0; i < x.Length; i++) Mean[Channel(i)] += x[i] / count;
        for (int i = 0; i < x.Length; i++)
        {
            double distance = x[i] - Mean[Channel(i)];
            Variance[Channel(i)] += distance * distance / count;
            Distance[Channel(i)] += Math.Abs(distance) / count;
        }
    }

    public double[] Mean { get; }

    /// <summary>The biased variance.</summary>
    public double[] Variance { get; }

    /// <summary>The mean absolute deviation.</summary>
    public double[] Distance { get; }

    public int Channel(int index) => index / _area % _channels;

    /// <summary>(x - mean) / sqrt(variance + eps) * weight + bias.</summary>
    public double Normalize(double x, int index, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias)
    {
        int c = Channel(index);
        return (x - Mean[c]) / Math.Sqrt(Variance[c] + _eps) * weight[c] + bias[c];
    }
}
