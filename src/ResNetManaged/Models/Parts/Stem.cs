using ResNetManaged.Layers;
using ResNetManaged.Tensors.Random;

namespace ResNetManaged.Models.Parts;

/// <summary>Builds the layers before the first stage.</summary>
internal static class Stem
{
    /// <summary>Channels that the stems for ImageNet return.</summary>
    public const int ImageNetChannels = 64;

    /// <summary>Channels that the stem returns.</summary>
    public static int Channels(ResNetConfig config) => config.StemChannels ?? UsualChannels(config.Stem, config.Widths[0]);

    /// <summary>Channels that a stem returns unless the configuration says otherwise.</summary>
    /// <param name="kind">The kind of stem.</param>
    /// <param name="firstWidth">The width of the first stage.</param>
    public static int UsualChannels(StemKind kind, int firstWidth) => kind == StemKind.Cifar ? firstWidth : ImageNetChannels;

    /// <summary>The modules in the order they run, under torchvision's names.</summary>
    public static List<(string Name, Module Module)> Build(ResNetConfig config, TorchGenerator? generator)
    {
        int channels = Channels(config);
        (Module convolution, ConvSpec last) = config.Stem switch
        {
            StemKind.Cifar => Single(new ConvSpec(config.InChannels, channels, KernelSize: 3), generator),
            StemKind.Deep => Deep(config.InChannels, channels, generator),
            _ => Single(new ConvSpec(config.InChannels, channels, KernelSize: 7, Stride: 2), generator),
        };
        List<(string Name, Module Module)> modules = [("conv1", convolution), ("bn1", last.BuildNorm()), ("relu", new ReLU(inplace: true))];
        if (config.Stem != StemKind.Cifar)
        {
            bool ceil = config.Stem == StemKind.CeilPooling;
            modules.Add(("maxpool", new MaxPool2d(kernelSize: 3, stride: 2, padding: ceil ? 0 : 1, ceilMode: ceil)));
        }
        return modules;
    }

    private static (Module Convolution, ConvSpec Last) Single(ConvSpec spec, TorchGenerator? generator) => (spec.BuildConvolution(generator), spec);

    /// <summary>Three 3x3 convolutions with batch norm and ReLU between them; timm's <c>conv1.0</c> to <c>conv1.6</c>.</summary>
    private static (Module Convolution, ConvSpec Last) Deep(int inChannels, int channels, TorchGenerator? generator)
    {
        int narrow = channels / 2;
        ConvSpec first = new(inChannels, narrow, KernelSize: 3, Stride: 2), second = new(narrow, narrow, KernelSize: 3);
        ConvSpec third = new(narrow, channels, KernelSize: 3);
        Sequential convolutions = new(first.BuildConvolution(generator), first.BuildNorm(), new ReLU(inplace: true),
            second.BuildConvolution(generator), second.BuildNorm(), new ReLU(inplace: true), third.BuildConvolution(generator));
        return (convolutions, third);
    }
}
