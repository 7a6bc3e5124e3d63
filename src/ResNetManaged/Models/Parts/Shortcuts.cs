using ResNetManaged.Layers;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;

namespace ResNetManaged.Models.Parts;

/// <summary>Builds a residual block's shortcut.</summary>
internal static class Shortcuts
{
    /// <summary>The shortcut that the configuration calls for; null for the identity.</summary>
    public static Module? Build(in BlockSpec spec, TorchGenerator? generator) => spec.Config.Shortcut switch
    {
        ShortcutOption.ProjectionEverywhere => Projection(spec, generator),
        _ when !spec.ChangesShape => null,
        ShortcutOption.ZeroPadding => new ZeroPadShortcut(spec.InChannels, spec.OutChannels, spec.Stride),
        ShortcutOption.AveragedProjectionWhereShapeChanges => AveragedProjection(spec, generator),
        _ => Projection(spec, generator),
    };

    /// <summary>A convolution, with the block's stride, and a norm.</summary>
    public static Sequential Projection(in BlockSpec spec, TorchGenerator? generator) => StridedConvolution(spec).BuildSequential(generator);

    /// <summary>The shortcut of a pre-activation block: a 1x1 convolution, after average pooling if the configuration calls for it, without a norm.</summary>
    public static NamedSequential PreActivation(in BlockSpec spec, TorchGenerator? generator)
    {
        if (spec.Config.Shortcut != ShortcutOption.AveragedProjectionWhereShapeChanges)
            return new NamedSequential([("conv", StridedConvolution(spec).BuildConvolution(generator))], "DownsampleConv");
        return new NamedSequential([("pool", Pool(spec)), ("conv", Convolution(spec).BuildConvolution(generator))], "DownsampleAvg");
    }

    /// <summary>
    /// Average pooling with the block's stride, a 1x1 convolution without one, and a norm. Blocks without a stride have the identity in
    /// the pooling's place, so that names stay the same: timm's <c>downsample.0</c>, <c>.1</c> and <c>.2</c>.
    /// </summary>
    private static Sequential AveragedProjection(in BlockSpec spec, TorchGenerator? generator)
    {
        ConvSpec convolution = Convolution(spec);
        return new Sequential(Pool(spec), convolution.BuildConvolution(generator), convolution.BuildNorm());
    }

    /// <summary>2x2 average pooling; in a dilated stage without a stride, and with zeros to the right and below that count.</summary>
    private static Module Pool(in BlockSpec spec)
    {
        if (spec.Dilation != 1) return new AvgPool2d(2, 1, new Padding2D(0, 0, 1, 1));
        return spec.Stride == 1 ? new Identity() : new AvgPool2d(2, spec.Stride, ceilMode: true, countIncludePad: false);
    }

    /// <summary>A 1x1 convolution without a stride.</summary>
    private static ConvSpec Convolution(in BlockSpec spec) => spec.Config.Convolution(spec.InChannels, spec.OutChannels, kernelSize: 1);

    /// <summary>A convolution with the block's stride; 1x1, or of the configuration's size where the block strides or dilates.</summary>
    private static ConvSpec StridedConvolution(in BlockSpec spec)
    {
        int size = spec.Stride == 1 && spec.Dilation == 1 ? 1 : spec.Config.ShortcutKernel;
        return spec.Config.Convolution(spec.InChannels, spec.OutChannels, size, spec.Stride) with { Dilation = size == 1 ? 1 : spec.FirstDilation };
    }
}
