namespace ResNetManaged.Benchmarks.Reporting;

/// <summary>Converts multiply-adds and time to a rate.</summary>
internal static class Rate
{
    /// <summary>GFLOP/s; a multiply-add counts as two operations.</summary>
    public static double Gigaflops(long multiplyAdds, double nanoseconds) => 2.0 * multiplyAdds / nanoseconds;
}
