using NUnit.Framework;
using ResNetManaged.Graphs;
using ResNetManaged.Graphs.Operations.Activations;
using ResNetManaged.Layers;
using ResNetManaged.Layers.Activations;
using ResNetManaged.Layers.Pooling;
using ResNetManaged.Tensors;
using ResNetManaged.Tests.Reference;
using ResNetManaged.Tests.Support;
using Linear = ResNetManaged.Layers.Linear;
using Softmax = ResNetManaged.Layers.Softmax;

namespace ResNetManaged.Tests.Graphs;

/// <summary>The gradients of every operation, for inputs and parameters, match finite differences of its definition.</summary>
public sealed class OperationGradientTests
{
    private const int Seed = 20, Cases = 12;

    /// <summary>Values from <see cref="Apart"/> are at least four steps from each other and from 0, so that no difference crosses a kink.</summary>
    private const double Step = 1.0 / 512, Spacing = 4 * Step;

    /// <summary>
    /// The error of the differences of a smooth function, relative to the magnitude of a gradient; see <see cref="ExactLoss"/>. It is far below
    /// float32 rounding.
    /// </summary>
    private const double OfDifferences = 1e-9;

    private const double DoubleRoundoff = 1.0 / (1L << 53);

    private readonly Random _random = new(Seed);

    [Test]
    public void ConvolutionGradientsMatchForAnyGeometry()
    {
        for (int i = 0; i < Cases; i++)
        {
            int groups = Pick(1, 1, 2, 3), inChannels = groups * Int(1, 2), outChannels = groups * Int(1, 3);
            Size2D kernel = Size(1, 3), stride = Size(1, 3), dilation = Size(1, 2);
            Conv2d layer = new(inChannels, outChannels, kernel, stride, RandomPadding.Next(_random, 2, 2), dilation, groups, bias: Int(0, 1) == 1);
            Tensor input = Numbers([Int(1, 3), inChannels, (kernel.Height - 1) * dilation.Height + Int(1, 4), (kernel.Width - 1) * dilation.Width + Int(1, 4)]);
            Shape output = layer.Trace(input.Shape).Output.Shape;
            // A weight is used once per output pixel, an input once per kernel element and output channel of its group.
            int terms = Math.Max(output[0] * output[2] * output[3], kernel.Area * outChannels / groups);
            CheckLinear(layer, input, terms);
        }
    }

    [Test]
    public void ConvolutionGradientsMatchBeyondOneRegisterTileAndVector() => CheckLinear(new Conv2d(5, 19, 3, padding: 1), Numbers([1, 5, 7, 6]), terms: 9 * 19);

    [TestCase(new[] { 5 })]
    [TestCase(new[] { 7, 5 })]
    [TestCase(new[] { 2, 3, 5 })]
    [TestCase(new[] { 0, 5 })]
    public void LinearGradientsMatchForAnyRank(int[] input) => CheckLinear(new Linear(5, 4), Numbers(Shape.Create(input)), terms: 7);

    [Test]
    public void LinearGradientsMatchWithoutBias() => CheckLinear(new Linear(3, 40, bias: false), Numbers([33, 3]), terms: 40);

    [Test]
    public void AveragePoolingGradientsMatchForAnyGeometry()
    {
        for (int i = 0; i < 2 * Cases; i++)
        {
            Size2D kernel = Size(1, 4);
            AvgPool2d layer = new(kernel, Size(1, 4), RandomPadding.Next(_random, kernel.Height / 2, kernel.Width / 2), ceilMode: Int(0, 1) == 1, countIncludePad: Int(0, 1) == 1);
            CheckLinear(layer, Numbers([Int(1, 2), Int(1, 2), kernel.Height + Int(0, 5), kernel.Width + Int(0, 5)]), terms: kernel.Area);
        }
    }

    [Test]
    public void AdaptiveAveragePoolingGradientsMatch([Values(1, 3, 7, 9)] int height, [Values(1, 2, 5)] int width) =>
        CheckLinear(new AdaptiveAvgPool2d((height, width)), Numbers([2, 2, 7, 5]), terms: 9); // at most 3 x 3 windows share a pixel

    [Test]
    public void BlurGradientsMatch([Values(1, 2, 3)] int stride, [Values(2, 5, 6)] int height) =>
        CheckLinear(new BlurPool2d(stride), Numbers([2, 2, height, 7]), terms: 16); // a pixel is in up to 9 windows, near an edge twice

    [Test]
    public void ChannelConvolutionGradientsMatch([Values(1, 3, 7)] int kernel, [Values(2, 12)] int channels) =>
        CheckLinear(new ChannelConv1d(kernel), Numbers([3, channels, 1, 1]), terms: 3 * channels);

    [Test]
    public void GlobalPoolingGradientsMatch([Values] bool concatenates) => Check(new GlobalPool2d(mean: true, concatenates), Apart([2, 3, 4, 5]), (_, weights, _) =>
        // The share of a mean and the whole of a maximum are each rounded once, and so is their sum.
        [.. Enumerable.Repeat(weights.Max(Math.Abs) * 2 * Close.SumTolerance(2), 2 * 3 * 20)]);

    [Test]
    public void MaxPoolingGradientsMatchWithAPaddingOfZeros() =>
        CheckSelection(new MaxPool2d(3, 2, 1) { PadsWithZeros = true }, Apart([2, 3, 6, 7]), terms: 9);

    [Test]
    public void StandardizedWeightGradientsMatch()
    {
        Conv2d layer = new(2, 3, 3, padding: 1, bias: false) { StandardizationEps = 1e-2 };
        Tensor input = Numbers([2, 2, 4, 5]);
        double[] x = ReferenceNetwork.Widen(input);
        Check(layer, input, (_, weights, parameter) =>
        {
            // Standardized weights, and the gradients with respect to them, are sums of up to 40 products or rounded once; statistics are double.
            const int Weights = 18, Pixels = 40;
            double[] w = ReferenceNetwork.Widen(layer.Weight.Value);
            double largest = weights.Max(Math.Abs), scale = 0, standardized = 0;
            foreach (double[] row in w.Chunk(Weights))
            {
                double mean = row.Average(), deviation = Math.Sqrt(row.Average(value => (value - mean) * (value - mean)) + 1e-2);
                scale = Math.Max(scale, 1 / deviation);
                standardized = Math.Max(standardized, row.Max(value => Math.Abs(value - mean)) / deviation);
            }
            if (parameter is null) return [.. Enumerable.Repeat((Close.SumTolerance(27) + OfDifferences) * 27 * largest * standardized, x.Length)];
            double gradient = Pixels * largest * x.Max(Math.Abs); // of a standardized weight
            double bound = (Close.SumTolerance(Pixels) + OfDifferences) * gradient * scale * (2 + standardized * standardized);
            return [.. Enumerable.Repeat(bound, w.Length)];
        });
    }

    [Test]
    public void ZeroPaddedShortcutGradientsMatch([Values(1, 2, 3)] int stride, [Values(3, 4, 6, 7)] int outChannels) =>
        CheckLinear(new ZeroPadShortcut(3, outChannels, stride), Numbers([2, 3, 5, 4]), terms: 0);

    [Test]
    public void FlatteningGradientsMatch() => CheckLinear(new Flatten(), Numbers([2, 3, 2, 2]), terms: 0);

    [Test]
    public void SumGradientsMatch() => CheckLinear(new Custom(x => x + (x + x.Flatten(1))), Numbers([6, 1]), terms: 4);

    [Test]
    public void ProductGradientsMatch() => CheckLinear(new Custom(x => (x + x) * x.Flatten(1).Flatten(0, 0)), Numbers([6, 1]), terms: 4);

    [Test]
    public void SquareGradientsMatch() => CheckLinear(new Custom(x => x * x), Numbers([2, 3, 4]), terms: 2);

    /// <summary>The mean of a plane is linear in its pixels, so the tolerance of any product applies.</summary>
    [Test]
    public void GradientsOfAProductWithOneValuePerPlaneMatch([Values] bool scaleFirst)
    {
        AdaptiveAvgPool2d mean = new(1);
        CheckLinear(new Custom(x => scaleFirst ? mean.Forward(x) * x : x * mean.Forward(x)), Numbers([2, 3, 4, 5]), terms: 3 * 20);
    }

    [TestCaseSource(nameof(SmoothActivations))]
    public void SmoothActivationGradientsMatch(Module layer)
    {
        Tensor input = Numbers([2, 3, 8, 9]);
        foreach (ref float value in input.Span) value *= 12;
        // The derivative is at most 1.2 and is rounded once, and so is its product with a weight.
        Check(layer, input, (_, weights, _) => Array.ConvertAll(weights, weight => (2 * 1.2 * Close.UnitRoundoff + OfDifferences) * Math.Abs(weight)));
    }

    private static IEnumerable<Module> SmoothActivations =>
    [
        new Sigmoid(), new SiLU(), new OperationModule(GeluOperation.Instance), new OperationModule(GeluTanhOperation.Instance),
        new OperationModule(TanhOperation.Instance), new OperationModule(SoftplusOperation.Instance), new OperationModule(MishOperation.Instance),
    ];

    /// <summary>Steps of 1/64 from -8 to 8, away from all kinks; derivatives are at most 1.5, and rounded twice unless they are constant.</summary>
    [TestCaseSource(nameof(PiecewiseActivations))]
    public void PiecewiseActivationGradientsMatch(Module layer) => Check(layer, Apart([2, 8, 8, 8]), (_, weights, _) =>
        Array.ConvertAll(weights, weight => (2 * 1.5 * Close.UnitRoundoff + OfDifferences) * Math.Abs(weight)));

    private static IEnumerable<Module> PiecewiseActivations =>
    [
        new Hardsigmoid(), new Hardswish(), new ReLU6(), new Hardtanh(-0.25, 1.5), new LeakyReLU(0.125), new OperationModule(new EluOperation(0.5f)),
        new OperationModule(new ClippedLineOperation(0.25f, 0.5f)),
    ];

    [TestCase(1, new[] { 24 })]
    [TestCase(1, new[] { 2, 3, 4, 2 })]
    [TestCase(3, new[] { 5, 3 })]
    [TestCase(3, new[] { 2, 3, 4, 2 })]
    public void PReLUGradientsMatch(int slopes, int[] shape)
    {
        Tensor input = Apart(Shape.Create(shape));
        double[] x = ReferenceNetwork.Widen(input);
        // An input's gradient is a product with at most 1, a slope's is a sum in double; each is rounded once.
        Check(new PReLU(slopes), input, (_, weights, parameter) => parameter is null
            ? Array.ConvertAll(weights, weight => Close.SumTolerance(0) * Math.Abs(weight))
            : [.. Enumerable.Repeat(Close.SumTolerance(0) * x.Zip(weights, (value, weight) => Math.Abs(value * weight)).Sum(), slopes)]);
    }

    [Test]
    public void ConcatenationGradientsMatch() => CheckLinear(new Custom(x => Value.Concat(x, x + x, x)), Numbers([2, 3, 2, 4]), terms: 4);

    [Test]
    public void ReluGradientsMatch() => CheckSelection(new ReLU(), Apart([2, 3, 5, 4]), terms: 0);

    [Test]
    public void MaxPoolingGradientsMatchForAnyGeometry()
    {
        for (int i = 0; i < 2 * Cases; i++)
        {
            Size2D kernel = Size(1, 4), dilation = Size(1, 2), span = ((kernel.Height - 1) * dilation.Height + 1, (kernel.Width - 1) * dilation.Width + 1);
            MaxPool2d layer = new(kernel, Size(1, 3), RandomPadding.Next(_random, span.Height / 2, span.Width / 2), dilation, ceilMode: Int(0, 1) == 1);
            CheckSelection(layer, Apart([Int(1, 2), Int(1, 2), span.Height + Int(0, 5), span.Width + Int(0, 5)]), terms: kernel.Area);
        }
    }

    [TestCase(-1)]
    [TestCase(0)]
    [TestCase(1)]
    public void SoftmaxGradientsMatch(int dim)
    {
        foreach (bool logarithm in (bool[])[false, true])
        {
            Tensor input = Numbers([3, 4, 5]);
            Module layer = logarithm ? new LogSoftmax(dim) : new Softmax(dim);
            double[] probabilities = ReferenceNetwork.Run(new Softmax(dim).Trace(input.Shape), input);
            int length = input.Shape[^(dim == -1 ? 1 : 3 - dim)], inner = dim switch { 0 => 20, 1 => 5, _ => 1 };
            // The error of a probability comes from the sum of exponentials, the exponent (at most 2), and a few operations; it enters twice.
            double relative = (2 * (length + 8) + 2) * Close.UnitRoundoff + OfDifferences;
            Check(layer, input, (loss, weights, _) =>
            {
                double[] tolerance = new double[input.ElementCount];
                for (int i = 0; i < tolerance.Length; i++)
                {
                    int first = i / (inner * length) * inner * length + i % inner;
                    double own = Math.Abs(weights[i]), sum = 0;
                    for (int k = first; k < first + length * inner; k += inner) sum += Math.Abs(weights[k]) * (logarithm ? 1 : probabilities[k]);
                    tolerance[i] = relative * (logarithm ? own + probabilities[i] * sum : probabilities[i] * (own + sum));
                }
                return tolerance;
            });
        }
    }

    [Test]
    public void BatchNormGradientsMatch([Values] bool training, [Values] bool affine, [Values] bool tracked)
    {
        BatchNorm2d layer = new(3, eps: 1e-3, affine: affine, trackRunningStats: tracked);
        layer.Train(training);
        if (tracked)
        {
            layer.RunningMean!.Value = Numbers([3]);
            layer.RunningVar!.Value = Tensor.FromArray([0.5f, 1f, 2f], [3]);
        }
        Tensor input = Numbers([2, 3, 4, 3]);
        bool ofBatch = training || !tracked;
        double[] x = ReferenceNetwork.Widen(input);
        (double[] mean, double[] variance) = ofBatch
            ? ReferenceNetwork.BatchStatistics(x, input.Shape)
            : (ReferenceNetwork.Widen(layer.RunningMean!.Value), ReferenceNetwork.Widen(layer.RunningVar!.Value));
        // The rounded mean and variance enter z and the root of each term; the result is rounded.
        const double Relative = 6 * Close.UnitRoundoff + OfDifferences;
        Check(layer, input, (_, weights, parameter) =>
        {
            const int Area = 12, Count = 24;
            double[] reciprocal = Array.ConvertAll(variance, v => 1 / Math.Sqrt(v + layer.Eps)), sum = new double[3], product = new double[3];
            double Z(int i, int c) => (Math.Abs(x[i]) + Math.Abs(mean[c])) * reciprocal[c];
            for (int i = 0; i < x.Length; i++)
            {
                int c = i / Area % 3;
                sum[c] += Math.Abs(weights[i]);
                product[c] += Math.Abs(weights[i]) * Z(i, c);
            }
            if (parameter is not null) return Array.ConvertAll(parameter == layer.Bias ? sum : product, magnitude => Relative * magnitude);
            double[] tolerance = new double[x.Length];
            for (int i = 0; i < x.Length; i++)
            {
                int c = i / Area % 3;
                double scale = reciprocal[c] * (affine ? Math.Abs(layer.Weight!.Value[c]) : 1);
                tolerance[i] = Relative * scale * (Math.Abs(weights[i]) + (ofBatch ? sum[c] / Count + Z(i, c) * product[c] / Count : 0));
            }
            return tolerance;
        });
    }

    [Test]
    public void GroupNormGradientsMatch([Values(1, 2, 3, 6)] int groups, [Values] bool affine)
    {
        const int Channels = 6, Area = 12;
        GroupNorm layer = new(groups, Channels, eps: 1e-3, affine);
        Tensor input = Numbers([2, Channels, 4, 3]);
        double[] x = ReferenceNetwork.Widen(input);
        ReferenceBatchNorm statistics = new(1, 2 * groups, (Channels / groups, Area), x, layer.Eps);
        // Statistics are double; each term and the result are rounded.
        const double Relative = 6 * Close.UnitRoundoff + OfDifferences;
        Check(layer, input, (_, weights, parameter) =>
        {
            double length = Channels / groups * Area;
            double[] ofChannel = new double[Channels], sum = new double[2 * groups], product = new double[2 * groups];
            for (int i = 0; i < x.Length; i++)
            {
                double term = Math.Abs(weights[i]) * (parameter == layer.Bias && affine ? 1 : Z(i));
                ofChannel[i / Area % Channels] += term;
                sum[statistics.Channel(i)] += Math.Abs(weights[i]) * Scale(i) / length;
                product[statistics.Channel(i)] += Math.Abs(weights[i]) * Scale(i) * Z(i) / length;
            }
            if (parameter is not null) return Array.ConvertAll(ofChannel, magnitude => Relative * magnitude);
            double[] tolerance = new double[x.Length];
            for (int i = 0; i < x.Length; i++)
            {
                int group = statistics.Channel(i);
                tolerance[i] = Relative * Reciprocal(group) * (Math.Abs(weights[i]) * Scale(i) + sum[group] + Z(i) * product[group]);
            }
            return tolerance;
        });

        double Reciprocal(int group) => 1 / Math.Sqrt(statistics.Variance[group] + layer.Eps);

        double Z(int i) => (Math.Abs(x[i]) + Math.Abs(statistics.Mean[statistics.Channel(i)])) * Reciprocal(statistics.Channel(i));

        double Scale(int i) => affine ? Math.Abs(layer.Weight!.Value[i / Area % Channels]) : 1;
    }

    /// <summary>Checks an operation that is linear in each operand: a gradient is a sum of <paramref name="terms"/> products.</summary>
    private void CheckLinear(Module module, Tensor input, int terms) => Check(module, input, (loss, _, parameter) =>
        Array.ConvertAll(loss.OfMagnitudes.Gradient(parameter, Step), magnitude => magnitude * Close.SumTolerance(terms)));

    /// <summary>Checks an operation that selects elements: a gradient is a sum of at most <paramref name="terms"/> elements.</summary>
    private void CheckSelection(Module module, Tensor input, int terms) => Check(module, input, (loss, _, parameter) =>
        Array.ConvertAll(loss.OfWeightMagnitudes.Gradient(parameter, Step), magnitude => magnitude * Close.SumTolerance(terms)));

    /// <summary>Checks the gradients of sum(weights * output) for random weights and parameters.</summary>
    private void Check(Module module, Tensor input, Func<ExactLoss, double[], Parameter?, double[]> tolerance)
    {
        foreach (Parameter parameter in module.Parameters()) parameter.Value = Numbers(parameter.Shape);
        Graph graph = module.Trace(input.Shape);
        Tensor weights = Numbers(graph.Output.Shape);
        ExactLoss loss = new(graph, input, weights);
        ParameterGradients gradients = new();
        Tensor inputGradient = GradientTape.Record(graph, input, ExecutionOptions.Default).Backward(weights, gradients);
        Compare(null, inputGradient, "input");
        foreach ((string path, Parameter parameter) in module.NamedParameters()) Compare(parameter, gradients[parameter]!, path);

        void Compare(Parameter? parameter, Tensor actual, string name)
        {
            double[] tolerances = tolerance(loss, ReferenceNetwork.Widen(weights), parameter);
            // The differences' rounding error: 16 roundings of a loss with terms of order 1, divided by the step.
            for (int i = 0; i < tolerances.Length; i++) tolerances[i] += 16 * weights.ElementCount * DoubleRoundoff / Step;
            Close.AssertWithin(actual.ReadOnlySpan, loss.Gradient(parameter, Step), tolerances, 1, $"seed {Seed}, {module} of {input.Shape}, {name}");
        }
    }

    /// <summary>Distinct odd multiples of the spacing, in random order.</summary>
    private Tensor Apart(Shape shape)
    {
        Tensor tensor = Tensor.Zeros(shape);
        for (int i = 0; i < shape.ElementCount; i++) tensor.Span[i] = (float)((i - shape.ElementCount / 2 + 0.5) * 2 * Spacing);
        _random.Shuffle(tensor.Span);
        return tensor;
    }

    private Tensor Numbers(Shape shape) => Tensor.FromArray(Support.Numbers.Random(shape.ElementCount, _random.Next()), shape);

    private int Int(int smallest, int largest) => _random.Next(smallest, largest + 1);

    private int Pick(params ReadOnlySpan<int> values) => values[_random.Next(values.Length)];

    private Size2D Size(int smallest, int largest) => (Int(smallest, largest), Int(smallest, largest));

    private sealed class Custom(Func<Value, Value> forward) : Module
    {
        protected override Value ForwardCore(Value input) => forward(input);
    }
}
