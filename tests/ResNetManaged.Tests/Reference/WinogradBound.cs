using ResNetManaged.Kernels.Convolution;
using ResNetManaged.Tensors;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Reference;

/// <summary>The error bound of a convolution by Winograd's minimal filtering in float32, from the three matrices alone.</summary>
/// <remarks>
/// <para>
/// Y = A^T [ sum over c of (G g_c G^T) * (B^T d_c B) ] A. Following Higham 2002, section 3.1, to first order in u = 2^-24, every intermediate
/// number carries one factor (1 + delta), |delta| at most u, for each rounding so far: one when U = G g G^T, computed in double, becomes float32;
/// <c>inputRoundings</c> in each of the two passes of B^T d B; one for each of C products and additions; <c>outputRoundings</c> in each of the
/// two passes of A^T M A; two for bias and residual. Rounding errors are bounded regardless of sign, so an element is off by at most
/// <see cref="Roundings"/> u S, with S the same expression in magnitudes: |A^T| [ sum of (|G||g||G^T|) * (|B^T||d||B|) ] |A| + |bias| + |residual|.
/// </para>
/// <para>
/// With |g| and |d| at most g and d everywhere, S is at most C g d (norm A^T, norm G, norm B^T)^2 in row sums, where the definition's terms sum to 9 C g d:
/// <see cref="LargestGrowth"/> is the quotient, the worst case over all data.
/// </para>
/// <para>
/// Independent data of unit variance and independent roundings grow as squares instead: entry (i, j) of B^T d B has variance b_i b_j, with b_i the
/// sum of squares of row i, that of G g G^T has g_i g_j, and an error relative to the products' reaches output (p, q) with variance s_p s_q,
/// s_p = sum over i of a_pi^2 b_i g_i. The definition's sum has variance 9. <see cref="Growth"/> is the largest sqrt(s_p s_q / 9), of the last row
/// and column of a tile; <see cref="MeanGrowth"/> the root mean square over the tile. Since a sum of C terms is shorter than one of 9 C, real data stays below.
/// </para>
/// </remarks>
internal sealed class WinogradBound(int outputTile, double[] inputTransform, double[] kernelTransform, double[] outputTransform, int inputRoundings,
    int outputRoundings)
{
    /// <summary>F(2x2, 3x3), Lavin and Gray 2015, section 4.1.</summary>
    public static readonly WinogradBound F2 = new(2,
        [1, 0, -1, 0, 0, 1, 1, 0, 0, -1, 1, 0, 0, 1, 0, -1],
        [1, 0, 0, 0.5, 0.5, 0.5, 0.5, -0.5, 0.5, 0, 0, 1],
        [1, 1, 1, 0, 0, 1, -1, -1],
        inputRoundings: 1, outputRoundings: 2);

    /// <summary>F(4x4, 3x3), Lavin and Gray 2015, section 4.2. Without fused multiply-adds 4 d0 - 5 d2 + d4 rounds 5 d2 and both sums.</summary>
    public static readonly WinogradBound F4 = new(4,
        [4, 0, -5, 0, 1, 0, 0, -4, -4, 1, 1, 0, 0, 4, -4, -1, 1, 0, 0, -2, -1, 2, 1, 0, 0, 2, -1, -2, 1, 0, 0, 4, 0, -5, 0, 1],
        [1.0 / 4, 0, 0, -1.0 / 6, -1.0 / 6, -1.0 / 6, -1.0 / 6, 1.0 / 6, -1.0 / 6, 1.0 / 24, 1.0 / 12, 1.0 / 6, 1.0 / 24, -1.0 / 12, 1.0 / 6, 0, 0, 1],
        [1, 1, 1, 1, 1, 0, 0, 1, -1, 2, -2, 0, 0, 1, 1, 4, 4, 0, 0, 1, -1, 8, -8, 1],
        inputRoundings: 3, outputRoundings: 3);

    private readonly int _size = outputTile + 2;

    /// <summary>G, as the kernel defines it.</summary>
    public double[] KernelTransform => kernelTransform;

    /// <summary>Roundings in an output element: its error is at most that many u, relative to S.</summary>
    public double Tolerance(int channels) => Roundings(channels) * Close.UnitRoundoff;

    /// <summary>The bound for the worst data, relative to the definition's: 9 and about 4,000.</summary>
    public double LargestGrowth => Math.Pow(RowSum(outputTransform) * RowSum(kernelTransform) * RowSum(inputTransform), 2) / 9;

    /// <summary>The largest error of random data, relative to the definition's: about 1.7 and 31.</summary>
    public double Growth => OutputVariances().Max() / 3;

    /// <summary>The root mean square over a tile: about 1.7 and 11.</summary>
    public double MeanGrowth => OutputVariances().Average() / 3;

    /// <summary>The convolution, and S for each of its elements.</summary>
    public ReferenceSum Forward(in ConvGeometry g, float[] input, float[] weight, float[] bias)
    {
        ReferenceSum result = ReferenceConv.Forward(g, input, weight, bias);
        int inGroup = g.InChannels / g.Groups, outGroup = g.OutChannels / g.Groups;
        double[] kernels = new double[g.OutChannels * inGroup * _size * _size]; // |G||g||G^T|
        for (int k = 0; k < g.OutChannels * inGroup; k++)
        {
            int first = k * 9;
            Sandwich(kernelTransform, _size, 3, (i, j) => Math.Abs(weight[first + 3 * i + j]), kernels.AsSpan(k * _size * _size, _size * _size));
        }
        double[] tile = new double[_size * _size], pixels = new double[g.InChannels * _size * _size], y = new double[outputTile * outputTile];
        ConvGeometry geometry = g;
        for (int n = 0; n < g.Batch; n++)
            for (int top = 0; top < g.Output.Height; top += outputTile)
                for (int left = 0; left < g.Output.Width; left += outputTile)
                {
                    for (int c = 0; c < g.InChannels; c++)
                    {
                        int plane = n * g.InChannels + c, h0 = top - g.Padding.Top, w0 = left - g.Padding.Left;
                        double Pixel(int i, int j) => h0 + i >= 0 && h0 + i < geometry.Input.Height && w0 + j >= 0 && w0 + j < geometry.Input.Width
                            ? Math.Abs(input[(plane * geometry.Input.Height + h0 + i) * geometry.Input.Width + w0 + j]) : 0;
                        Sandwich(inputTransform, _size, _size, Pixel, pixels.AsSpan(c * tile.Length, tile.Length)); // |B^T||d||B|
                    }
                    for (int o = 0; o < g.OutChannels; o++)
                    {
                        Array.Clear(tile);
                        int firstInput = o / outGroup * inGroup;
                        for (int c = 0; c < inGroup; c++)
                            for (int i = 0; i < tile.Length; i++)
                                tile[i] += kernels[(o * inGroup + c) * tile.Length + i] * pixels[(firstInput + c) * tile.Length + i];
                        Sandwich(outputTransform, outputTile, _size, (i, j) => tile[i * _size + j], y);
                        for (int i = 0; i < Math.Min(outputTile, g.Output.Height - top); i++)
                            for (int j = 0; j < Math.Min(outputTile, g.Output.Width - left); j++)
                            {
                                result.Magnitude[((n * g.OutChannels + o) * g.Output.Height + top + i) * g.Output.Width + left + j] =
                                    y[i * outputTile + j] + Math.Abs(bias[o]);
                            }
                    }
                }
        return result;
    }

    /// <summary>The gradient of the kernels, dg = G^T [sum over tiles of (B^T d B) * (A dY A^T)] G, and the same in magnitudes for each element.</summary>
    public ReferenceSum WeightGradient(in ConvGeometry g, float[] input, float[] gradient)
    {
        ReferenceSum result = ReferenceConvGradient.Weight(g, input, gradient);
        int points = _size * _size;
        double[] sums = new double[g.OutChannels * g.InChannels * points];
        double[] pixels = new double[g.InChannels * points], results = new double[g.OutChannels * points];
        double[] outputAdjoint = Transpose(outputTransform, _size), kernelAdjoint = Transpose(kernelTransform, 3), kernel = new double[9];
        ConvGeometry geometry = g;
        for (int n = 0; n < g.Batch; n++)
            for (int top = 0; top < g.Output.Height; top += outputTile)
                for (int left = 0; left < g.Output.Width; left += outputTile)
                {
                    for (int c = 0; c < g.InChannels; c++)
                    {
                        int plane = n * g.InChannels + c, h0 = top - g.Padding.Top, w0 = left - g.Padding.Left;
                        Sandwich(inputTransform, _size, _size, (i, j) => Magnitude(input, geometry.Input, plane, h0 + i, w0 + j), pixels.AsSpan(c * points, points));
                    }
                    for (int o = 0; o < g.OutChannels; o++)
                    {
                        int plane = n * g.OutChannels + o, h0 = top, w0 = left;
                        Sandwich(outputAdjoint, _size, outputTile, (i, j) => Magnitude(gradient, geometry.Output, plane, h0 + i, w0 + j),
                            results.AsSpan(o * points, points));
                        for (int c = 0; c < g.InChannels; c++)
                            for (int i = 0; i < points; i++) sums[(o * g.InChannels + c) * points + i] += pixels[c * points + i] * results[o * points + i];
                    }
                }
        for (int k = 0; k < g.OutChannels * g.InChannels; k++)
        {
            int first = k * points;
            Sandwich(kernelAdjoint, 3, _size, (i, j) => sums[first + i * _size + j], kernel);
            kernel.CopyTo(result.Magnitude, 9 * k);
        }
        return result;
    }

    /// <summary>
    /// Roundings in an element of the gradient, in units of u: the passes of B^T and A; one for each product and addition and for each addition of a block's or
    /// a part's sum, of which there are fewer than tiles; and five in each pass of G^T: 1/6, its product, and three further additions and products.
    /// </summary>
    public double WeightTolerance(int tiles) => (2 * inputRoundings + 2 * outputRoundings + 2 * tiles + 2 * 5) * Close.UnitRoundoff;

    private static double Magnitude(float[] images, Size2D size, int plane, int h, int w) =>
        h >= 0 && h < size.Height && w >= 0 && w < size.Width ? Math.Abs(images[(plane * size.Height + h) * size.Width + w]) : 0;

    private static double[] Transpose(double[] matrix, int columns)
    {
        int rows = matrix.Length / columns;
        return [.. Enumerable.Range(0, matrix.Length).Select(i => matrix[i % rows * columns + i / rows])];
    }

    private int Roundings(int channels) => 1 + 2 * inputRoundings + channels + 1 + 2 * outputRoundings + 2;

    private double RowSum(double[] matrix) => matrix.Chunk(matrix.Length / Rows(matrix)).Max(row => row.Sum(Math.Abs));

    private int Rows(double[] matrix) => matrix == outputTransform ? outputTile : _size;

    /// <summary>s_p of each row of a tile.</summary>
    private double[] OutputVariances()
    {
        double[] inputs = [.. inputTransform.Chunk(_size).Select(Squares)], kernels = [.. kernelTransform.Chunk(3).Select(Squares)];
        return [.. outputTransform.Chunk(_size).Select(row => row.Select((a, i) => a * a * inputs[i] * kernels[i]).Sum())];
    }

    private static double Squares(double[] row) => row.Sum(value => value * value);

    /// <summary>|T| x |T^T|, with T of the given rows and columns.</summary>
    private static void Sandwich(double[] t, int rows, int columns, Func<int, int, double> x, Span<double> result)
    {
        double[] left = new double[rows * columns]; // |T| x
        for (int i = 0; i < rows; i++)
            for (int j = 0; j < columns; j++)
                for (int k = 0; k < columns; k++) left[i * columns + j] += Math.Abs(t[i * columns + k]) * x(k, j);
        for (int i = 0; i < rows; i++)
            for (int j = 0; j < rows; j++)
            {
                double sum = 0;
                for (int k = 0; k < columns; k++) sum += left[i * columns + k] * Math.Abs(t[j * columns + k]);
                result[i * rows + j] = sum;
            }
    }
}
