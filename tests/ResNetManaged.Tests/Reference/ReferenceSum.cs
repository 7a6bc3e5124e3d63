namespace ResNetManaged.Tests.Reference;

/// <summary>An oracle's result for each element: its value, and the sum of the magnitudes of its terms, with which tolerances scale.</summary>
internal sealed class ReferenceSum(int length)
{
    public double[] Value { get; } = new double[length];

    public double[] Magnitude { get; } = new double[length];

    public void Add(int index, double term)
    {
        Value[index] += term;
        Magnitude[index] += Math.Abs(term);
    }
}
