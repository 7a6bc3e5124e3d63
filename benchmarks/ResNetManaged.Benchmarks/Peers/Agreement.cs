namespace ResNetManaged.Benchmarks.Peers;

/// <summary>Checks that two libraries compute the same outputs; otherwise comparing their times would be meaningless.</summary>
internal static class Agreement
{
    /// <summary>Sums of a few thousand products in different orders, tens of layers deep, stay far below this; a wrong layer does not.</summary>
    private const double Tolerance = 1e-3;

    /// <summary>Throws unless the largest difference is at most 1e-3 of the largest output.</summary>
    /// <returns>The largest difference as a share of the largest output.</returns>
    /// <exception cref="InvalidOperationException">The outputs differ, or contain NaN.</exception>
    public static double Check(string peer, ReadOnlySpan<float> theirs, ReadOnlySpan<float> ours)
    {
        if (theirs.Length != ours.Length) throw new InvalidOperationException($"{peer} returns {theirs.Length} numbers, ours returns {ours.Length}.");
        double magnitude = 0, difference = 0;
        for (int i = 0; i < ours.Length; i++)
        {
            magnitude = Math.Max(magnitude, Math.Abs(ours[i]));
            difference = Math.Max(difference, Math.Abs((double)ours[i] - theirs[i]));
        }
        if (!(difference <= Tolerance * magnitude))
        {
            throw new InvalidOperationException(
                $"{peer} differs from ours by {difference:G3}, with outputs up to {magnitude:G3}; times are not comparable.");
        }
        return difference / magnitude;
    }
}
