using NUnit.Framework;
using ResNetManaged.Layers;
using ResNetManaged.Layers.Activations;
using ResNetManaged.Tensors;

namespace ResNetManaged.Tests.Layers;

/// <summary>Every layer prints as in PyTorch 1.13.</summary>
public sealed class ModulePrintingTests
{
    private static IEnumerable<TestCaseData> Layers()
    {
        yield return Case(new Conv2d(4, 8, 3), "Conv2d(4, 8, kernel_size=(3, 3), stride=(1, 1))");
        yield return Case(new Conv2d(4, 8, (3, 5), stride: (2, 1), padding: (1, 2), dilation: 2, groups: 4, bias: false),
            "Conv2d(4, 8, kernel_size=(3, 5), stride=(2, 1), padding=(1, 2), dilation=(2, 2), groups=4, bias=False)");
        yield return Case(new Conv2d(4, 8, 3, padding: new Padding2D(0, 1, 1, 0)),
            "Conv2d(4, 8, kernel_size=(3, 3), stride=(1, 1), padding=(top=0, left=1, bottom=1, right=0))");
        yield return Case(new BatchNorm2d(3), "BatchNorm2d(3, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)");
        yield return Case(new BatchNorm2d(3, eps: 0.001, momentum: null, affine: false, trackRunningStats: false),
            "BatchNorm2d(3, eps=0.001, momentum=None, affine=False, track_running_stats=False)");
        yield return Case(new GroupNorm(3, 6), "GroupNorm(3, 6, eps=1e-05, affine=True)");
        yield return Case(new GroupNorm(6, 6, eps: 0.001, affine: false), "GroupNorm(6, 6, eps=0.001, affine=False)");
        yield return Case(new ReLU(), "ReLU()");
        yield return Case(new ReLU(inplace: true), "ReLU(inplace=True)");
        yield return Case(new Sigmoid(), "Sigmoid()");
        yield return Case(new SiLU(), "SiLU()");
        yield return Case(new SiLU(inplace: true), "SiLU(inplace=True)");
        yield return Case(new Hardsigmoid(), "Hardsigmoid()");
        yield return Case(new Hardswish(), "Hardswish()");
        yield return Case(new Hardswish(inplace: true), "Hardswish()");
        yield return Case(new ReLU6(), "ReLU6()");
        yield return Case(new ReLU6(inplace: true), "ReLU6(inplace=True)");
        yield return Case(new Hardtanh(), "Hardtanh(min_val=-1.0, max_val=1.0)");
        yield return Case(new Hardtanh(-2, 0.5, inplace: true), "Hardtanh(min_val=-2.0, max_val=0.5, inplace=True)");
        yield return Case(new LeakyReLU(), "LeakyReLU(negative_slope=0.01)");
        yield return Case(new LeakyReLU(0.2, inplace: true), "LeakyReLU(negative_slope=0.2, inplace=True)");
        yield return Case(new PReLU(), "PReLU(num_parameters=1)");
        yield return Case(new PReLU(16), "PReLU(num_parameters=16)");
        yield return Case(new MaxPool2d(3, stride: 2, ceilMode: true),
            "MaxPool2d(kernel_size=3, stride=2, padding=0, dilation=1, ceil_mode=True)");
        yield return Case(new MaxPool2d((3, 2)), "MaxPool2d(kernel_size=(3, 2), stride=(3, 2), padding=0, dilation=1, ceil_mode=False)");
        yield return Case(new MaxPool2d(2, padding: new Padding2D(0, 0, 1, 1)),
            "MaxPool2d(kernel_size=2, stride=2, padding=(top=0, left=0, bottom=1, right=1), dilation=1, ceil_mode=False)");
        yield return Case(new AvgPool2d((2, 2), padding: (1, 1)), "AvgPool2d(kernel_size=(2, 2), stride=(2, 2), padding=(1, 1))");
        yield return Case(new AvgPool2d(2), "AvgPool2d(kernel_size=2, stride=2, padding=0)");
        yield return Case(new AdaptiveAvgPool2d(1), "AdaptiveAvgPool2d(output_size=1)");
        yield return Case(new AdaptiveAvgPool2d((1, 1)), "AdaptiveAvgPool2d(output_size=(1, 1))");
        yield return Case(new Linear(512, 10), "Linear(in_features=512, out_features=10, bias=True)");
        yield return Case(new Linear(512, 10, bias: false), "Linear(in_features=512, out_features=10, bias=False)");
        yield return Case(new Flatten(), "Flatten(start_dim=1, end_dim=-1)");
        yield return Case(new Identity(), "Identity()");
        yield return Case(new Softmax(1), "Softmax(dim=1)");
        yield return Case(new LogSoftmax(-1), "LogSoftmax(dim=-1)");
        yield return Case(new Sequential(), "Sequential()");
        yield return Case(new Sequential(new ReLU(), new Sequential(new Identity())),
            "Sequential(\n  (0): ReLU()\n  (1): Sequential(\n    (0): Identity()\n  )\n)");

        static TestCaseData Case(Module module, string print) => new TestCaseData(module, print).SetArgDisplayNames(print.Split('\n')[0]);
    }

    [TestCaseSource(nameof(Layers))]
    public void PrintsAsPyTorchDoes(Module module, string print) => Assert.That(module.ToString(), Is.EqualTo(print));

    [TestCase(1e-5, "1e-05")]
    [TestCase(0.0001, "0.0001")]
    [TestCase(0.1, "0.1")]
    [TestCase(1, "1.0")]
    [TestCase(1.5e-12, "1.5e-12")]
    public void FloatsPrintAsInPython(double value, string text) => Assert.That(PythonFormat.Float(value), Is.EqualTo(text));

    [TestCase(0.125, "0.12")]
    [TestCase(0.375, "0.38")]
    [TestCase(2.675, "2.67")]
    [TestCase(1.005, "1.00")]
    [TestCase(201.585, "201.59")]
    public void TwoDecimalsRoundAsInPython(double value, string text) => Assert.That(PythonFormat.TwoDecimals(value), Is.EqualTo(text));
}
