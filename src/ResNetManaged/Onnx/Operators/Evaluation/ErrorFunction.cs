namespace ResNetManaged.Onnx.Operators.Evaluation;

/// <summary>The error function in float64.</summary>
/// <remarks>
/// Abramowitz and Stegun 1964: the series 7.1.6 near 0, with the relative error of float64; Lentz's form of the continued fraction 7.1.14 beyond.
/// </remarks>
internal static class ErrorFunction
{
    private const double SeriesEnd = 3;

    public static double Of(double x)
    {
        if (double.IsNaN(x)) return x;
        double size = Math.Abs(x);
        return Math.CopySign(size < SeriesEnd ? Series(size) : 1 - Complement(size), x);
    }

    /// <summary>2 / sqrt(pi) exp(-x^2) times the sum of 2^n x^(2n + 1) / (1 * 3 * ... * (2n + 1)), of which all terms are positive.</summary>
    private static double Series(double x)
    {
        double term = x, sum = x;
        for (int n = 1; term > sum * 1e-17; n++) sum += term *= 2 * x * x / (2 * n + 1);
        return 2 / Math.Sqrt(Math.PI) * Math.Exp(-x * x) * sum;
    }

    /// <summary>exp(-x^2) / sqrt(pi) times 1 / (x + (1/2) / (x + (2/2) / (x + ...))).</summary>
    private static double Complement(double x)
    {
        if (x > 6) return 0; // below half a unit in the last place of 1
        double fraction = x;
        for (int n = 60; n >= 1; n--) fraction = x + n / 2.0 / fraction;
        return Math.Exp(-x * x) / Math.Sqrt(Math.PI) / fraction;
    }
}
