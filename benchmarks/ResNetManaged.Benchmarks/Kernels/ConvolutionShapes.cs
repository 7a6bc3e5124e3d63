using ResNetManaged.Benchmarks.Models;
using ResNetManaged.Benchmarks.Reporting;
using ResNetManaged.Graphs;
using ResNetManaged.Graphs.Operations;
using ResNetManaged.Kernels.Convolution;
using ResNetManaged.Models;
using ResNetManaged.Tensors;

namespace ResNetManaged.Benchmarks.Kernels;

/// <summary>A convolution's sizes, named by the paper's stage.</summary>
public sealed class ConvolutionShape : ICountedWork
{
    private readonly string _name;

    internal ConvolutionShape(string stage, ConvGeometry geometry)
    {
        Geometry = geometry;
        Size2D input = geometry.Input, kernel = geometry.Kernel;
        string channels = geometry.InChannels == geometry.OutChannels ? $"{geometry.InChannels}" : $"{geometry.InChannels}-{geometry.OutChannels}";
        string stride = geometry.Stride.Width == 1 ? "" : $" /{geometry.Stride.Width}";
        _name = $"{stage} {channels}x{input.Height}x{input.Width} {kernel.Height}x{kernel.Width}{stride}";
    }

    public long MultiplyAdds => WorkCount.Of(Geometry);

    internal ConvGeometry Geometry { get; }

    /// <summary>Stage, channels (in-out if they differ), input size, kernel, stride: <c>conv3_x 64-128x56x56 3x3 /2</c>.</summary>
    public override string ToString() => _name;
}

/// <summary>The distinct convolutions of ResNet-18 and ResNet-50 at 224 x 224, taken from the networks, and an awkward one.</summary>
internal static class ConvolutionShapes
{
    public static IReadOnlyList<ConvolutionShape> All { get; } = [.. FromNetworks("resnet18", "resnet50"), Awkward()];

    /// <summary>ResNeXt-50's grouped convolutions.</summary>
    public static IReadOnlyList<ConvolutionShape> Grouped { get; } = [.. FromNetworks("resnext50_32x4d").Where(shape => shape.Geometry.Groups > 1)];

    private static IEnumerable<ConvolutionShape> FromNetworks(params string[] names)
    {
        HashSet<ConvGeometry> seen = [];
        foreach (string name in names)
        {
            ResNet network = ResNet.Create(name);
            foreach (Node node in network.Trace([1, 3, network.Config.InputSize, network.Config.InputSize]).Nodes)
            {
                if (node.Operation is not Conv2dOperation convolution) continue;
                ConvGeometry geometry = convolution.Geometry(node.Inputs[0].Shape);
                if (seen.Add(geometry)) yield return new ConvolutionShape(StageOf(node.ModulePath), geometry);
            }
        }
    }

    /// <summary>The paper's conv2_x is torchvision's layer1, and so on.</summary>
    private static string StageOf(string modulePath) =>
        modulePath.StartsWith("layer", StringComparison.Ordinal) ? $"conv{modulePath[5] - '0' + 1}_x" : "conv1";

    /// <summary>No size is a multiple of a tile or a vector.</summary>
    private static ConvolutionShape Awkward() =>
        new("awkward", new ConvGeometry(1, 37, (29, 31), 53, kernel: 3, stride: 1, padding: 1, dilation: 1, groups: 1));
}
