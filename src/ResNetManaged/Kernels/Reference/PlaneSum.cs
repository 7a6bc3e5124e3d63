using System.Numerics;
using System.Runtime.CompilerServices;

namespace ResNetManaged.Kernels.Reference;

/// <summary>Sums of float32 numbers in double, accurate to float32 for planes and batches of any size.</summary>
internal static class PlaneSum
{
    /// <summary>The sum of a rectangle of a plane.</summary>
    public static double Of(ReadOnlySpan<float> plane, int width, int startRow, int endRow, int startColumn, int endColumn)
    {
        if (startColumn == 0 && endColumn == width) return Of(plane[(startRow * width)..(endRow * width)]);
        double sum = 0;
        for (int h = startRow; h < endRow; h++) sum += Of(plane[(h * width + startColumn)..(h * width + endColumn)]);
        return sum;
    }

    /// <summary>The sum of all values.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double Of(ReadOnlySpan<float> values)
    {
        Vector<double> low = default, high = default;
        int i = 0;
        for (; i <= values.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector.Widen(new Vector<float>(values[i..]), out Vector<double> first, out Vector<double> second);
            low += first;
            high += second;
        }
        double sum = Vector.Sum(low + high);
        for (; i < values.Length; i++) sum += values[i];
        return sum;
    }

    /// <summary>The sum of the squared differences of all values from a mean.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double OfSquaredDeviations(ReadOnlySpan<float> values, double mean)
    {
        Vector<double> low = default, high = default, center = new(mean);
        int i = 0;
        for (; i <= values.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector.Widen(new Vector<float>(values[i..]), out Vector<double> first, out Vector<double> second);
            first -= center;
            second -= center;
            low += first * first;
            high += second * second;
        }
        double sum = Vector.Sum(low + high);
        for (; i < values.Length; i++) sum += (values[i] - mean) * (values[i] - mean);
        return sum;
    }
}
