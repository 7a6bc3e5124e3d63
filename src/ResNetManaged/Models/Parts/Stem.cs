using System.Collections.Immutable;
using System.Globalization;
using ResNetManaged.Layers;
using ResNetManaged.Layers.Activations;
using ResNetManaged.Tensors.Random;

namespace ResNetManaged.Models.Parts;

/// <summary>Builds the layers before the first stage.</summary>
internal static class Stem
{
    /// <summary>Channels that the stems for ImageNet return unless the configuration says otherwise.</summary>
    public const int ImageNetChannels = 64;

    /// <summary>Channels that the stem returns.</summary>
    public static int Channels(ResNetConfig config) => Widths(config)[^1];

    /// <summary>How many pixels of the image, along one axis, each pixel that the stem returns stands for.</summary>
    public static int Stride(ResNetConfig config) => config.Stem is StemKind.Cifar or StemKind.Face ? 1 : 4;

    /// <summary>The modules in the order they run, under torchvision's names, or under those of pre-activation networks.</summary>
    public static List<(string Name, Module Module)> Build(ResNetConfig config, TorchGenerator? generator)
    {
        ConvSpec[] convolutions = Convolutions(config);
        return config.IsPreActivation ? PreActivation(config, convolutions, generator) : PostActivation(config, convolutions, generator);
    }

    private static List<(string Name, Module Module)> PostActivation(ResNetConfig config, ConvSpec[] convolutions, TorchGenerator? generator)
    {
        Module convolution = convolutions.Length == 1 ? convolutions[0].BuildConvolution(generator) : new Sequential(Alternate(convolutions, generator));
        List<(string Name, Module Module)> modules = [("conv1", convolution), ("bn1", convolutions[^1].BuildNorm())];
        int channels = convolutions[^1].OutChannels;
        modules.Add(config.Stem == StemKind.Face ? ("prelu", new PReLU(channels)) : ("relu", new ReLU(inplace: true)));
        if (Stride(config) != 1) modules.Add(("maxpool", Pool(config, channels, generator)));
        return modules;
    }

    /// <summary>The last convolution has no norm: the first block begins with one.</summary>
    private static List<(string Name, Module Module)> PreActivation(ResNetConfig config, ConvSpec[] convolutions, TorchGenerator? generator)
    {
        List<(string Name, Module Module)> modules = [];
        for (int i = 0; i < convolutions.Length; i++)
        {
            string number = convolutions.Length == 1 ? "" : (i + 1).ToString(CultureInfo.InvariantCulture);
            modules.Add(("conv" + number, convolutions[i].BuildConvolution(generator)));
            if (i == convolutions.Length - 1) break;
            modules.Add(("norm" + number, convolutions[i].BuildNorm()));
            modules.Add(("act" + number, new ReLU(inplace: true)));
        }
        modules.Add(("pool", Pool(config, convolutions[^1].OutChannels, generator)));
        return modules;
    }

    /// <summary>The channels that each convolution returns.</summary>
    private static ImmutableArray<int> Widths(ResNetConfig config)
    {
        if (!config.StemWidths.IsDefaultOrEmpty) return config.StemWidths;
        return config.Stem switch
        {
            StemKind.Cifar => [config.Widths[0]],
            StemKind.Deep => [ImageNetChannels / 2, ImageNetChannels / 2, ImageNetChannels],
            _ => [ImageNetChannels],
        };
    }

    /// <summary>A deep stem's convolutions are 3x3, and the first strides; others have one.</summary>
    private static ConvSpec[] Convolutions(ResNetConfig config)
    {
        ImmutableArray<int> widths = Widths(config);
        ConvSpec[] convolutions = new ConvSpec[widths.Length];
        int channels = config.InChannels;
        for (int i = 0; i < widths.Length; i++)
        {
            int size = config.Stem is StemKind.ImageNet or StemKind.CeilPooling ? 7 : 3, stride = i == 0 && Stride(config) != 1 ? 2 : 1;
            convolutions[i] = config.Convolution(channels, widths[i], size, stride);
            channels = widths[i];
        }
        return convolutions;
    }

    /// <summary>Convolutions with a norm and ReLU between them; timm's <c>conv1.0</c> to <c>conv1.6</c>.</summary>
    private static List<Module> Alternate(ConvSpec[] convolutions, TorchGenerator? generator)
    {
        List<Module> modules = [];
        foreach (ConvSpec spec in convolutions)
        {
            modules.Add(spec.BuildConvolution(generator));
            modules.Add(spec.BuildNorm());
            modules.Add(new ReLU(inplace: true));
        }
        return modules[..^2];
    }

    /// <summary>What subsamples at the end. Anti-aliasing replaces the maxima by means, or keeps them at every pixel and blurs.</summary>
    private static Module Pool(ResNetConfig config, int channels, TorchGenerator? generator)
    {
        bool aliases = config.AntiAliasing == AntiAliasing.None;
        if (config.StemPool == StemPooling.Convolution)
        {
            ConvSpec convolution = config.Convolution(channels, channels, kernelSize: 3, aliases ? 2 : 1);
            List<Module> modules = [convolution.BuildConvolution(generator), convolution.BuildNorm(), new ReLU(inplace: true)];
            if (!aliases) modules.Insert(1, AntiAliasingLayers.Create(config.AntiAliasing, stride: 2));
            return new Sequential(modules);
        }
        if (config.AntiAliasing == AntiAliasing.Average) return new AvgPool2d(2);
        if (config.AntiAliasing == AntiAliasing.Blur)
            return new Sequential(new MaxPool2d(kernelSize: 3, stride: 1, padding: 1), AntiAliasingLayers.Create(AntiAliasing.Blur, stride: 2));
        if (config.StemPool == StemPooling.MaxOfZeroPadded) return new MaxPool2d(kernelSize: 3, stride: 2, padding: 1) { PadsWithZeros = true };
        bool ceil = config.Stem == StemKind.CeilPooling;
        return new MaxPool2d(kernelSize: 3, stride: 2, padding: ceil ? 0 : 1, ceilMode: ceil);
    }
}
