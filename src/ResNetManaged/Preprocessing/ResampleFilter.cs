namespace ResNetManaged.Preprocessing;

/// <summary>The weight of an input sample at a distance from an output sample's center, as in PIL's Resample.c.</summary>
/// <param name="Support">The distance in input samples, before widening, beyond which weights are 0.</param>
/// <param name="WeightAt">The weight at a distance.</param>
internal sealed record ResampleFilter(double Support, Func<double, double> WeightAt)
{
    private const double CubicA = -0.5;
    private const float HammingMean = 0.54f, HammingAmplitude = 0.46f; // float32 constants in PIL's source

    private static readonly ResampleFilter Triangle = new(1, x => Math.Max(1 - Math.Abs(x), 0));
    private static readonly ResampleFilter Cubic = new(2, CubicAt);
    private static readonly ResampleFilter WindowedSinc = new(3, x => x is >= -3 and < 3 ? Sinc(x) * Sinc(x / 3) : 0);
    private static readonly ResampleFilter Rectangle = new(0.5, x => x is > -0.5 and <= 0.5 ? 1 : 0);
    private static readonly ResampleFilter HammingSinc = new(1, HammingAt);

    /// <summary>The filter of an interpolation other than <see cref="Interpolation.Nearest"/>, which has no weights.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such filter.</exception>
    public static ResampleFilter Of(Interpolation interpolation) => interpolation switch
    {
        Interpolation.Bilinear => Triangle,
        Interpolation.Bicubic => Cubic,
        Interpolation.Lanczos => WindowedSinc,
        Interpolation.Box => Rectangle,
        Interpolation.Hamming => HammingSinc,
        _ => throw new ArgumentOutOfRangeException(nameof(interpolation), interpolation, "Unknown interpolation."),
    };

    /// <summary>R. G. Keys 1981, "Cubic convolution interpolation for digital image processing", IEEE TASSP 29, 1153, equation 8.</summary>
    private static double CubicAt(double x)
    {
        x = Math.Abs(x);
        if (x < 1) return ((CubicA + 2) * x - (CubicA + 3)) * x * x + 1;
        return x < 2 ? (((x - 5) * x + 8) * x - 4) * CubicA : 0;
    }

    private static double HammingAt(double x)
    {
        x = Math.Abs(x);
        if (x == 0) return 1;
        return x >= 1 ? 0 : Math.Sin(x * Math.PI) / (x * Math.PI) * (HammingMean + HammingAmplitude * Math.Cos(x * Math.PI));
    }

    private static double Sinc(double x) => x == 0 ? 1 : Math.Sin(x * Math.PI) / (x * Math.PI);
}
