namespace ResNetManaged.Tests.Reference;

/// <summary>erf by Taylor's series near 0 and by Laplace's continued fraction for erfc elsewhere.</summary>
/// <remarks>Abramowitz and Stegun 1964, equations 7.1.5 and 7.1.14. The series' alternating terms cost at most four of double's sixteen digits.</remarks>
internal static class ReferenceErrorFunction
{
    public static double Of(double x)
    {
        if (Math.Abs(x) >= 3) return Math.Sign(x) * (1 - Complement(Math.Abs(x)));
        double term = x, sum = x;
        for (int n = 1; n < 80; n++)
        {
            term *= -x * x / n;
            sum += term / (2 * n + 1);
        }
        return 2 / Math.Sqrt(Math.PI) * sum;
    }

    private static double Complement(double x)
    {
        double fraction = x;
        for (int k = 120; k > 0; k--) fraction = x + k / 2.0 / fraction;
        return Math.Exp(-x * x) / Math.Sqrt(Math.PI) / fraction;
    }
}
