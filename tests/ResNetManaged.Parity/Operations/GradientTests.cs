using System.Globalization;
using NUnit.Framework;
using ResNetManaged.Graphs;
using ResNetManaged.Layers;
using ResNetManaged.Parity.Support;
using ResNetManaged.Tensors;
using ResNetManaged.Tests.Support;
using TorchSharp;
using static TorchSharp.torch.nn;
using Linear = ResNetManaged.Layers.Linear;
using Module = ResNetManaged.Layers.Module;

namespace ResNetManaged.Parity.Operations;

/// <summary>The gradients of every operation agree with LibTorch's autograd in float64.</summary>
public sealed class GradientTests : LibTorchTests
{
    [Test]
    public void ConvolutionsAgree() => CompareAll("conv2d", (draws, agreement) =>
    {
        (Conv2d layer, Tensor input) = RandomConvolution.Draw(draws);
        Shape output = layer.Trace(input.Shape).Output.Shape;
        int terms = Math.Max(output[0] * output[2] * output[3], layer.KernelSize.Area * layer.OutChannels / layer.Groups);
        CompareLinear(agreement, draws, layer, input, terms, operands =>
        {
            (torch.Tensor x, long[] padding) = operands[0].Padded(layer.Padding);
            return functional.conv2d(x, operands[1], operands.ElementAtOrDefault(2), [layer.Stride.Height, layer.Stride.Width], padding,
                [layer.Dilation.Height, layer.Dilation.Width], layer.Groups);
        });
    });

    [Test]
    public void LinearLayersAgree() => CompareAll("linear", (draws, agreement) =>
    {
        int rows = draws.Int(1, 40);
        Linear layer = new(draws.Int(1, 100), draws.Int(1, 50), bias: draws.Bool());
        foreach (Parameter parameter in layer.Parameters()) parameter.Value = draws.Numbers(parameter.Shape);
        CompareLinear(agreement, draws, layer, draws.Numbers([rows, layer.InFeatures]), Math.Max(rows, layer.OutFeatures),
            operands => functional.linear(operands[0], operands[1], operands.ElementAtOrDefault(2)));
    });

    [Test]
    public void AveragePoolingAgrees() => CompareAll("avg_pool2d", (draws, agreement) =>
    {
        Size2D kernel = draws.Size(1, 4);
        AvgPool2d layer = new(kernel, draws.Size(1, 4), draws.Padding(kernel.Height / 2, kernel.Width / 2), ceilMode: draws.Bool(), countIncludePad: draws.Bool());
        Tensor input = draws.Numbers([draws.Int(1, 3), draws.Int(1, 5), kernel.Height + draws.Int(0, 12), kernel.Width + draws.Int(0, 12)]);
        Shape output = layer.Trace(input.Shape).Output.Shape;
        CompareLinear(agreement, draws, layer, input, kernel.Area, operands => TorchAveragePool.Run(layer, operands[0], (output[2], output[3])));
    });

    [Test]
    public void AdaptiveAveragePoolingAgrees() => CompareAll("adaptive_avg_pool2d", (draws, agreement) =>
    {
        AdaptiveAvgPool2d layer = new(draws.Size(1, 9));
        // If the output is larger than the input, each side of a pixel meets the windows that fit over it and two more.
        const int Windows = (9 + 2) * (9 + 2);
        CompareLinear(agreement, draws, layer, draws.Numbers([draws.Int(1, 3), draws.Int(1, 5), draws.Int(1, 20), draws.Int(1, 20)]), Windows,
            operands => functional.adaptive_avg_pool2d(operands[0], (layer.OutputSize.Height, layer.OutputSize.Width)));
    });

    [Test]
    public void ZeroPaddedShortcutsAgree() => CompareAll("option A", (draws, agreement) =>
    {
        int channels = draws.Int(1, 6), added = draws.Int(0, 7), stride = draws.Int(1, 3);
        ZeroPadShortcut layer = new(channels, channels + added, stride);
        CompareLinear(agreement, draws, layer, draws.Numbers([draws.Int(1, 3), channels, draws.Int(1, 9), draws.Int(1, 9)]), 0, operands =>
        {
            torch.Tensor taken = operands[0].slice(2, 0, operands[0].shape[2], stride).slice(3, 0, operands[0].shape[3], stride);
            return functional.pad(taken, [0, 0, 0, 0, added / 2, added - added / 2]);
        });
    });

    [Test]
    public void SumsOfAValueReadThriceAgree() => CompareAll("add, flatten", (draws, agreement) => CompareLinear(agreement, draws,
        new Custom(x => x.Flatten(1) + (x + x).Flatten(1)), draws.Numbers([draws.Int(1, 3), draws.Int(1, 5), draws.Int(1, 5)]), 3,
        operands => operands[0].flatten(1) + (operands[0] + operands[0]).flatten(1)));

    [Test]
    public void ReluIsEqualIncludingAtZeroAndNaN() => CompareAll("relu", (draws, agreement) =>
    {
        Tensor input = draws.NumbersAndSpecials([draws.Int(1, 3), draws.Int(1, 20), draws.Int(1, 9)]), weights = draws.Numbers(input.Shape);
        torch.Tensor expected = Gradients.ByAutograd(x => functional.relu(x[0]), weights.ToTorch64(), input.ToTorch64())[0];
        agreement.AssertEqual(Gradients.OfModule(new ReLU(), input, weights)[0]!, expected, $"{input.Shape}");
    });

    [Test]
    public void MaxPoolingAgreesIncludingTiesAndNaN() => CompareAll("max_pool2d", (draws, agreement) =>
    {
        Size2D kernel = draws.Size(1, 4), stride = draws.Size(1, 4), dilation = draws.Size(1, 3);
        Padding2D padding = draws.Padding(kernel.Height / 2, kernel.Width / 2);
        MaxPool2d layer = new(kernel, stride, padding, dilation, ceilMode: draws.Bool());
        Shape shape = [draws.Int(1, 3), draws.Int(1, 5), dilation.Height * (kernel.Height - 1) + 1 + draws.Int(0, 12),
            dilation.Width * (kernel.Width - 1) + 1 + draws.Int(0, 12)];
        // Explicit padding with minus infinity would take gradient from pixels that are minus infinity.
        Tensor input = padding.IsSymmetric ? draws.NumbersAndSpecials(shape) : draws.Numbers(shape);
        Shape output = layer.Trace(input.Shape).Output.Shape;
        Tensor weights = draws.Numbers(output);
        torch.Tensor magnitude = Pool(weights.ToTorch64().abs());
        agreement.AssertWithin(Gradients.OfModule(layer, input, weights)[0]!, Pool(weights.ToTorch64()), magnitude * Close.SumTolerance(kernel.Area),
            $"{layer} of {input.Shape}");

        torch.Tensor Pool(torch.Tensor weights) => Gradients.ByAutograd(operands =>
        {
            (torch.Tensor x, long[] sides) = operands[0].Padded(padding, double.NegativeInfinity);
            return functional.max_pool2d(x, [kernel.Height, kernel.Width], [stride.Height, stride.Width], sides, [dilation.Height, dilation.Width],
                layer.CeilMode).FirstWindows((output[2], output[3]));
        }, weights, input.ToTorch64())[0];
    });

    [Test]
    public void SoftmaxesAgree() => CompareAll("softmax, log_softmax", (draws, agreement) =>
    {
        Shape shape = draws.OneOf<Shape>([draws.Int(1, 5), draws.Int(1, 300)], [draws.Int(1, 3), draws.Int(1, 9), draws.Int(1, 9)]);
        int dim = draws.Int(0, shape.Rank - 1);
        bool logarithm = draws.Bool();
        Module layer = logarithm ? new LogSoftmax(dim) : new Softmax(dim);
        Tensor input = draws.Numbers(shape, -3, 3), weights = draws.Numbers(shape);
        torch.Tensor x = input.ToTorch64(), g = weights.ToTorch64(), probability = functional.softmax(x, dim);
        torch.Tensor expected = Gradients.ByAutograd(x => logarithm ? functional.log_softmax(x[0], dim) : functional.softmax(x[0], dim), g, x)[0];
        torch.Tensor magnitude = logarithm
            ? g.abs() + probability * g.abs().sum(dim, keepdim: true)
            : probability * (g.abs() + (probability * g.abs()).sum(dim, keepdim: true));
        // The error of a probability comes from the sum of exponentials, the exponent (at most 6), and a few operations; it enters twice.
        double relative = (2 * (shape[dim] + 12) + 2) * Close.UnitRoundoff;
        agreement.AssertWithin(Gradients.OfModule(layer, input, weights)[0]!, expected, magnitude * relative, $"{layer} of {shape}");
    });

    [Test]
    public void BatchNormsAgree([Values] bool training) => CompareAll($"batch_norm, training {training}", (draws, agreement) =>
    {
        int channels = draws.Int(1, 10);
        BatchNorm2d layer = new(channels, draws.OneOf(1e-5, 1e-3, 0.1), affine: draws.Bool(), trackRunningStats: draws.Int(0, 4) > 0);
        layer.Train(training);
        foreach (Parameter parameter in layer.Parameters()) parameter.Value = draws.Numbers(parameter.Shape);
        if (layer.RunningMean is not null) layer.RunningMean.Value = draws.Numbers([channels]);
        if (layer.RunningVar is not null) layer.RunningVar.Value = draws.Numbers([channels], 0.1f, 2f);
        float offset = draws.OneOf(0f, 0f, 10f);
        // At least eight values: with two, the gradient is what is left of a cancellation.
        Tensor input = draws.Numbers([draws.Int(2, 4), channels, draws.Int(2, 9), draws.Int(2, 9)], offset - 1, offset + 1);
        Tensor weights = draws.Numbers(input.Shape);
        string what = string.Create(CultureInfo.InvariantCulture, $"{layer} of {input.Shape} around {offset}");

        torch.Tensor x = input.ToTorch64(), g = weights.ToTorch64();
        bool ofBatch = training || layer.RunningMean is null;
        torch.Tensor? runningMean = layer.RunningMean?.Value.ToTorch64(), runningVar = layer.RunningVar?.Value.ToTorch64();
        torch.Tensor mean = ofBatch ? x.mean([0, 2, 3]) : runningMean!.clone();
        torch.Tensor variance = ofBatch ? x.var([0, 2, 3], unbiased: false) : runningVar!.clone();
        IList<torch.Tensor> expected = Gradients.ByAutograd(operands => functional.batch_norm(operands[0], runningMean!, runningVar!,
            operands.ElementAtOrDefault(1)!, operands.ElementAtOrDefault(2)!, ofBatch, 0.1, layer.Eps), g,
            [x, .. layer.Parameters().Select(parameter => parameter.Value.ToTorch64())]);

        // The rounded mean and variance enter z and the root of each term; the result is rounded.
        const double Relative = 6 * Close.UnitRoundoff;
        torch.Tensor reciprocal = (variance + layer.Eps).rsqrt(), scale = layer.Weight is null ? reciprocal : reciprocal * layer.Weight.Value.ToTorch64().abs();
        torch.Tensor z = (x.abs() + PerChannel(mean.abs())) * PerChannel(reciprocal), product = g.abs() * z, terms = g.abs();
        if (ofBatch) terms = terms + g.abs().mean([0, 2, 3], keepdim: true) + z * product.mean([0, 2, 3], keepdim: true);
        torch.Tensor[] magnitudes = [PerChannel(scale) * terms, product.sum([0, 2, 3]), g.abs().sum([0, 2, 3])];
        Tensor?[] actual = Gradients.OfModule(layer, input, weights);
        for (int i = 0; i < actual.Length; i++) agreement.AssertWithin(actual[i]!, expected[i], magnitudes[i] * Relative, $"{what}, operand {i}");
    });

    private static torch.Tensor PerChannel(torch.Tensor values) => values.view(1, -1, 1, 1);

    private static void CompareAll(string name, Action<Draws, Agreement> compare)
    {
        Draws draws = new();
        Agreement agreement = new($"{name}, gradients");
        for (int i = 0; i < Draws.Cases; i++)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            compare(draws, agreement);
        }
        agreement.Report();
    }

    /// <summary>
    /// Compares a function that is linear in each operand (the input and the parameters): a gradient is a sum of <paramref name="terms"/> products,
    /// and the gradient for the magnitudes is the sum of their magnitudes.
    /// </summary>
    private static void CompareLinear(Agreement agreement, Draws draws, Module layer, Tensor input, int terms, Func<torch.Tensor[], torch.Tensor> function)
    {
        Tensor weights = draws.Numbers(layer.Trace(input.Shape).Output.Shape);
        torch.Tensor[] operands = [input.ToTorch64(), .. layer.Parameters().Select(parameter => parameter.Value.ToTorch64())];
        IList<torch.Tensor> expected = Gradients.ByAutograd(function, weights.ToTorch64(), operands);
        IList<torch.Tensor> magnitudes = Gradients.ByAutograd(function, weights.ToTorch64().abs(), Array.ConvertAll(operands, operand => operand.abs()));
        Tensor?[] actual = Gradients.OfModule(layer, input, weights);
        for (int i = 0; i < actual.Length; i++)
            agreement.AssertWithin(actual[i]!, expected[i], magnitudes[i] * Close.SumTolerance(terms), $"{layer} of {input.Shape}, operand {i}");
    }

    private sealed class Custom(Func<Value, Value> forward) : Module
    {
        protected override Value ForwardCore(Value input) => forward(input);
    }
}
