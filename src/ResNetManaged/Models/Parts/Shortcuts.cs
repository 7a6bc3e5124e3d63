using ResNetManaged.Layers;
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

    /// <summary>A 1x1 convolution, with the block's stride, and batch norm.</summary>
    public static Sequential Projection(in BlockSpec spec, TorchGenerator? generator) => Convolution(spec, spec.Stride).BuildSequential(generator);

    /// <summary>
    /// Average pooling with the block's stride, a 1x1 convolution without one, and batch norm. Blocks without a stride have the identity in
    /// the pooling's place, so that names stay the same: timm's <c>downsample.0</c>, <c>.1</c> and <c>.2</c>.
    /// </summary>
    private static Sequential AveragedProjection(in BlockSpec spec, TorchGenerator? generator)
    {
        ConvSpec convolution = Convolution(spec, stride: 1);
        Module pool = spec.Stride == 1 ? new Identity() : new AvgPool2d(2, spec.Stride, ceilMode: true, countIncludePad: false);
        return new Sequential(pool, convolution.BuildConvolution(generator), convolution.BuildNorm());
    }

    private static ConvSpec Convolution(in BlockSpec spec, int stride) => new(spec.InChannels, spec.OutChannels, KernelSize: 1, stride);
}
