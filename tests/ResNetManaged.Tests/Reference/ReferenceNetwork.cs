using System.Numerics.Tensors;
using ResNetManaged.Graphs;
using ResNetManaged.Graphs.Operations;
using ResNetManaged.Graphs.Operations.Activations;
using ResNetManaged.Graphs.Operations.Channels;
using ResNetManaged.Graphs.Operations.Shapes;
using ResNetManaged.Kernels.Convolution;
using ResNetManaged.Kernels.Pooling;
using ResNetManaged.Tensors;

using Tensor = ResNetManaged.Tensors.Tensor;

namespace ResNetManaged.Tests.Reference;

/// <summary>Runs a whole graph by definition, in double: the reference for float32 executions.</summary>
internal static class ReferenceNetwork
{
    public static double[] Run(Graph graph, Tensor input) => Run(graph, Widen(input), Widen);

    /// <summary>The same for numbers that need not be float32.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="input">The elements of the input.</param>
    /// <param name="parameter">The elements of a parameter.</param>
    public static double[] Run(Graph graph, double[] input, Func<Parameter, double[]> parameter)
    {
        Dictionary<Value, double[]> values = new() { [graph.Input] = input };
        foreach (Node node in graph.Nodes)
        {
            values[node.Output] = Execute(node.Operation, [.. node.Inputs.Select(value => values[value])], node.Inputs[0].Shape, node.Output.Shape,
                parameter);
        }
        return values[graph.Output];
    }

    public static double[] Widen(Tensor tensor)
    {
        double[] result = new double[tensor.ElementCount];
        TensorPrimitives.ConvertTruncating(tensor.ReadOnlySpan, result);
        return result;
    }

    private static double[] Widen(Parameter parameter) => Widen(parameter.Value);

    private static double[] Execute(Operation operation, double[][] inputs, Shape from, Shape to, Func<Parameter, double[]> parameter)
    {
        double[] Bias(Parameter? bias) => bias is null ? [] : parameter(bias);

        double[] x = inputs[0];
        return operation switch
        {
            Conv2dOperation conv => Convolution(conv.Geometry(from), x,
                conv.StandardizationEps is { } eps ? Standardized(parameter(conv.Weight), conv.Weight.Shape[0], eps) : parameter(conv.Weight), Bias(conv.Bias)),
            LinearOperation linear => Convolution(
                new ConvGeometry(x.Length / from[^1], from[^1], 1, linear.Weight.Shape[0], 1, 1, 0, 1, 1), x, parameter(linear.Weight), Bias(linear.Bias)),
            BatchNorm2dOperation norm => BatchNorm(norm, x, from, norm.Weight is null ? [] : parameter(norm.Weight), Bias(norm.Bias)),
            GroupNormOperation norm => GroupNorm(norm, x, from, norm.Weight is null ? [] : parameter(norm.Weight), Bias(norm.Bias)),
            ReluOperation => Array.ConvertAll(x, value => Math.Max(value, 0)),
            AddOperation => [.. x.Zip(inputs[1], (left, right) => left + right)],
            MulOperation => [.. x.Select((value, i) => value * inputs[1][i / (x.Length / inputs[1].Length)])], // of planes, or of single elements
            SigmoidOperation => Array.ConvertAll(x, Sigmoid),
            SiluOperation => Array.ConvertAll(x, value => value * Sigmoid(value)),
            HardsigmoidOperation => Array.ConvertAll(x, Hardsigmoid),
            HardswishOperation => Array.ConvertAll(x, value => value * Hardsigmoid(value)),
            ClipOperation { Function: var clip } => Array.ConvertAll(x, value => Math.Clamp(value, clip.Smallest, clip.Largest)),
            GeluOperation => Array.ConvertAll(x, value => value * (1 + ReferenceErrorFunction.Of(value / Math.Sqrt(2))) / 2),
            GeluTanhOperation => Array.ConvertAll(x, value => value * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (value + 0.044715 * value * value * value))) / 2),
            TanhOperation => Array.ConvertAll(x, Math.Tanh),
            EluOperation { Function: var elu } => Array.ConvertAll(x, value => value > 0 ? value : elu.Alpha * (Math.Exp(value) - 1)),
            SoftplusOperation => Array.ConvertAll(x, value => Math.Log(1 + Math.Exp(value))),
            MishOperation => Array.ConvertAll(x, value => value * Math.Tanh(Math.Log(1 + Math.Exp(value)))),
            ClippedLineOperation { Function: var line } => Array.ConvertAll(x, value => Math.Clamp(line.Alpha * value + line.Beta, 0, 1)),
            ScaleOperation scale => [.. x.Select((value, i) => value * parameter(scale.Weight)[i / (from[2] * from[3]) % from[1]])],
            ChannelShuffleOperation shuffle => Channels(x, from, Enumerable.Range(0, from[1]).Select(c => c % shuffle.Groups * (from[1] / shuffle.Groups) + c / shuffle.Groups)),
            ChannelSliceOperation slice => Channels(x, from, Enumerable.Range(slice.Start, slice.Count)),
            ChannelNormOperation norm => ChannelNorm(norm, x, from, norm.Weight is null ? [] : parameter(norm.Weight), Bias(norm.Bias)),
            LeakyReluOperation { Function: var leaky } => Array.ConvertAll(x, value => value > 0 ? value : value * leaky.Slope),
            PreluOperation prelu => Prelu(parameter(prelu.Weight), x, from),
            ConcatOperation => Concat(inputs, from[0]),
            BlurPool2dOperation pool => Blur(pool.Geometry(from), x),
            ChannelConvOperation conv => ChannelConv(from[1], parameter(conv.Weight), x),
            FlattenOperation => x,
            MaxPool2dOperation pool => MaxPool(pool.Geometry(from), pool.PadsWithZeros ? 0 : double.NegativeInfinity, x),
            AvgPool2dOperation pool => AveragePool(pool.Geometry(from), pool.CountIncludePad, x),
            AdaptiveAvgPool2dOperation pool => AdaptivePool(from, pool.OutputSize, x),
            ZeroPadShortcutOperation pad => ZeroPad(pad, from, to, x),
            SoftmaxOperation softmax => Softmax(softmax, from, x),
            _ => throw new NotSupportedException($"{operation.Name} has no definition here."),
        };
    }

    private static double Hardsigmoid(double x) => Math.Clamp(x + 3, 0, 6) / 6;

    private static double[] Prelu(double[] slopes, double[] x, Shape shape)
    {
        int inner = slopes.Length == 1 ? 1 : x.Length / (shape[0] * shape[1]);
        return [.. x.Select((value, i) => value > 0 ? value : value * slopes[i / inner % slopes.Length])];
    }

    private static double[] Concat(double[][] inputs, int images) =>
        [.. Enumerable.Range(0, images).SelectMany(n => inputs.SelectMany(x => x.Skip(n * (x.Length / images)).Take(x.Length / images)))];

    private static double[] ChannelConv(int channels, double[] weight, double[] x) => [.. x.Select((_, i) => weight.Select((w, j) =>
    {
        int read = i % channels + j - weight.Length / 2;
        return read >= 0 && read < channels ? w * x[i - i % channels + read] : 0;
    }).Sum())];

    /// <summary>Depthwise, with the outer product of [1, 2, 1] / 4, on a plane whose edges are reflected.</summary>
    private static double[] Blur(PoolGeometry g, double[] x)
    {
        static int Reflected(int i, int size) => i < 0 ? -i : i >= size ? 2 * size - 2 - i : i;
        double[] taps = [0.25, 0.5, 0.25], y = new double[g.OutputLength];
        for (int i = 0; i < y.Length; i++)
        {
            (int plane, int place) = Math.DivRem(i, g.Output.Area);
            (int oh, int ow) = Math.DivRem(place, g.Output.Width);
            for (int k = 0; k < 9; k++)
            {
                int h = Reflected(oh * g.Stride.Height - 1 + k / 3, g.Input.Height), w = Reflected(ow * g.Stride.Width - 1 + k % 3, g.Input.Width);
                y[i] += taps[k / 3] * taps[k % 3] * x[(plane * g.Input.Height + h) * g.Input.Width + w];
            }
        }
        return y;
    }

    /// <summary>Each output channel's weights with mean 0 and variance 1.</summary>
    private static double[] Standardized(double[] weight, int channels, double eps)
    {
        int length = weight.Length / channels;
        return [.. Enumerable.Range(0, channels).SelectMany(c =>
        {
            double[] row = weight[(c * length)..((c + 1) * length)];
            double mean = row.Average(), deviation = Math.Sqrt(row.Average(w => (w - mean) * (w - mean)) + eps);
            return row.Select(w => (w - mean) / deviation);
        })];
    }

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    /// <summary>Gathers each output pixel's patch; each channel is a dot product with it.</summary>
    private static double[] Convolution(ConvGeometry g, double[] x, double[] weight, double[] bias)
    {
        double[] y = new double[g.OutputLength];
        int inGroup = g.InChannels / g.Groups, outGroup = g.OutChannels / g.Groups;
        Parallel.For(0, g.Batch * g.Output.Area, pixel =>
        {
            (int n, int place) = Math.DivRem(pixel, g.Output.Area);
            (int oh, int ow) = Math.DivRem(place, g.Output.Width);
            double[] patch = new double[g.Depth];
            for (int group = 0; group < g.Groups; group++)
            {
                int k = 0;
                for (int i = 0; i < inGroup; i++)
                    for (int kh = 0; kh < g.Kernel.Height; kh++)
                        for (int kw = 0; kw < g.Kernel.Width; kw++)
                        {
                            int h = oh * g.Stride.Height - g.Padding.Top + kh * g.Dilation.Height;
                            int w = ow * g.Stride.Width - g.Padding.Left + kw * g.Dilation.Width;
                            bool inside = h >= 0 && h < g.Input.Height && w >= 0 && w < g.Input.Width;
                            patch[k++] = inside ? x[((n * g.InChannels + group * inGroup + i) * g.Input.Height + h) * g.Input.Width + w] : 0;
                        }
                for (int o = group * outGroup; o < (group + 1) * outGroup; o++)
                {
                    double sum = TensorPrimitives.Dot<double>(weight.AsSpan(o * g.Depth, g.Depth), patch);
                    y[(n * g.OutChannels + o) * g.Output.Area + place] = sum + (bias.Length > 0 ? bias[o] : 0);
                }
            }
        });
        return y;
    }

    private static double[] BatchNorm(BatchNorm2dOperation norm, double[] x, Shape shape, double[] weight, double[] bias)
    {
        int area = shape.Rank == 2 ? 1 : shape[2] * shape[3];
        (double[] mean, double[] variance) = norm.UsesBatchStatistics
            ? BatchStatistics(x, shape)
            : (Widen(norm.RunningMean!.Value), Widen(norm.RunningVar!.Value));
        double[] y = new double[x.Length];
        for (int i = 0; i < x.Length; i++)
        {
            int c = i / area % shape[1];
            y[i] = (weight.Length > 0 ? weight[c] : 1) * (x[i] - mean[c]) / Math.Sqrt(variance[c] + norm.Eps) + (bias.Length > 0 ? bias[c] : 0);
        }
        return y;
    }

    /// <summary>The mean and the biased variance of each channel.</summary>
    public static (double[] Mean, double[] Variance) BatchStatistics(double[] x, Shape shape)
    {
        int channels = shape[1], area = shape.Rank == 2 ? 1 : shape[2] * shape[3];
        double count = shape[0] * area;
        double[] mean = new double[channels], variance = new double[channels];
        for (int i = 0; i < x.Length; i++) mean[i / area % channels] += x[i] / count;
        for (int i = 0; i < x.Length; i++) variance[i / area % channels] += Math.Pow(x[i] - mean[i / area % channels], 2) / count;
        return (mean, variance);
    }

    /// <summary>The values of an image's group are consecutive.</summary>
    private static double[] GroupNorm(GroupNormOperation norm, double[] x, Shape shape, double[] weight, double[] bias)
    {
        int area = shape[2] * shape[3], length = shape[1] / norm.Groups * area;
        double[] y = new double[x.Length];
        for (int first = 0; first < x.Length; first += length)
        {
            double mean = x[first..(first + length)].Average(), variance = x[first..(first + length)].Average(value => (value - mean) * (value - mean));
            for (int i = first; i < first + length; i++)
            {
                int c = i / area % shape[1];
                y[i] = (weight.Length > 0 ? weight[c] : 1) * (x[i] - mean) / Math.Sqrt(variance + norm.Eps) + (bias.Length > 0 ? bias[c] : 0);
            }
        }
        return y;
    }

    /// <summary>The given channels of each image, in order.</summary>
    private static double[] Channels(double[] x, Shape shape, IEnumerable<int> channels)
    {
        int area = shape[2] * shape[3];
        return [.. Enumerable.Range(0, shape[0]).SelectMany(n => channels.SelectMany(c => x.Skip((n * shape[1] + c) * area).Take(area)))];
    }

    /// <summary>The values of a pixel are a plane apart.</summary>
    private static double[] ChannelNorm(ChannelNormOperation norm, double[] x, Shape shape, double[] weight, double[] bias)
    {
        int area = shape[2] * shape[3], channels = shape[1];
        double[] y = new double[x.Length];
        for (int pixel = 0; pixel < shape[0] * area; pixel++)
        {
            int first = pixel / area * channels * area + pixel % area;
            double[] values = [.. Enumerable.Range(0, channels).Select(c => x[first + c * area])];
            double mean = values.Average(), variance = values.Average(value => (value - mean) * (value - mean));
            for (int c = 0; c < channels; c++)
                y[first + c * area] = (weight.Length > 0 ? weight[c] : 1) * (values[c] - mean) / Math.Sqrt(variance + norm.Eps) + (bias.Length > 0 ? bias[c] : 0);
        }
        return y;
    }

    private static double[] MaxPool(PoolGeometry g, double padding, double[] x) => Windows(g, (plane, taps) =>
        taps.Select(tap => tap is { } place ? x[plane * g.Input.Area + place] : padding).Max());

    private static double[] AveragePool(PoolGeometry g, bool countIncludePad, double[] x) => Windows(g, (plane, taps) =>
    {
        double sum = taps.Sum(tap => tap is { } place ? x[plane * g.Input.Area + place] : 0);
        return sum / (countIncludePad ? taps.Count : taps.Count(tap => tap is not null));
    });

    /// <summary>For each window, the indices of its elements in the plane, null for padding; elements beyond the padding (ceil mode) are left out.</summary>
    private static double[] Windows(PoolGeometry g, Func<int, List<int?>, double> reduce)
    {
        double[] y = new double[g.OutputLength];
        for (int i = 0; i < y.Length; i++)
        {
            (int plane, int place) = Math.DivRem(i, g.Output.Area);
            (int oh, int ow) = Math.DivRem(place, g.Output.Width);
            List<int?> taps = [];
            for (int kh = 0; kh < g.Kernel.Height; kh++)
                for (int kw = 0; kw < g.Kernel.Width; kw++)
                {
                    int h = oh * g.Stride.Height - g.Padding.Top + kh * g.Dilation.Height, w = ow * g.Stride.Width - g.Padding.Left + kw * g.Dilation.Width;
                    if (h >= g.Input.Height + g.Padding.Bottom || w >= g.Input.Width + g.Padding.Right) continue;
                    taps.Add(h >= 0 && h < g.Input.Height && w >= 0 && w < g.Input.Width ? h * g.Input.Width + w : null);
                }
            y[i] = reduce(plane, taps);
        }
        return y;
    }

    private static double[] AdaptivePool(Shape from, Size2D output, double[] x)
    {
        int height = from[2], width = from[3];
        double[] y = new double[from[0] * from[1] * output.Area];
        for (int i = 0; i < y.Length; i++)
        {
            (int plane, int place) = Math.DivRem(i, output.Area);
            (int oh, int ow) = Math.DivRem(place, output.Width);
            int top = oh * height / output.Height, bottom = ((oh + 1) * height + output.Height - 1) / output.Height;
            int left = ow * width / output.Width, right = ((ow + 1) * width + output.Width - 1) / output.Width;
            for (int h = top; h < bottom; h++)
                for (int w = left; w < right; w++) y[i] += x[(plane * height + h) * width + w] / ((bottom - top) * (right - left));
        }
        return y;
    }

    private static double[] ZeroPad(ZeroPadShortcutOperation pad, Shape from, Shape to, double[] x)
    {
        double[] y = new double[to.ElementCount];
        int first = (pad.OutChannels - pad.InChannels) / 2;
        for (int n = 0; n < to[0]; n++)
            for (int c = 0; c < pad.InChannels; c++)
                for (int h = 0; h < to[2]; h++)
                    for (int w = 0; w < to[3]; w++)
                    {
                        y[((n * to[1] + first + c) * to[2] + h) * to[3] + w] =
                            x[((n * from[1] + c) * from[2] + h * pad.Stride.Height) * from[3] + w * pad.Stride.Width];
                    }
        return y;
    }

    private static double[] Softmax(SoftmaxOperation softmax, Shape shape, double[] x)
    {
        int dim = (softmax.Dim + shape.Rank) % shape.Rank, inner = 1;
        for (int i = dim + 1; i < shape.Rank; i++) inner *= shape[i];
        double[] y = new double[x.Length];
        for (int i = 0; i < x.Length; i++)
        {
            int first = i / (inner * shape[dim]) * inner * shape[dim] + i % inner;
            double sum = 0;
            for (int k = 0; k < shape[dim]; k++) sum += Math.Exp(x[first + k * inner] - x[i]);
            y[i] = softmax.Logarithm ? -Math.Log(sum) : 1 / sum;
        }
        return y;
    }
}
