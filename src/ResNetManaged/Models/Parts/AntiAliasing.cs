using ResNetManaged.Layers;
using ResNetManaged.Layers.Pooling;

namespace ResNetManaged.Models.Parts;

/// <summary>What subsamples in place of a strided 3x3 convolution, which then has no stride: Zhang 2019, arXiv:1904.11486.</summary>
internal enum AntiAliasing
{
    /// <summary>Nothing: the convolution itself strides.</summary>
    None,

    /// <summary>The means of windows as large as the stride.</summary>
    Average,

    /// <summary>A binomial blur.</summary>
    Blur,
}

/// <summary>Builds the layers of <see cref="AntiAliasing"/>.</summary>
internal static class AntiAliasingLayers
{
    /// <summary>The layer that subsamples; with stride 1 it only smooths.</summary>
    public static Module Create(AntiAliasing kind, int stride) => kind == AntiAliasing.Blur ? new BlurPool2d(stride) : new AvgPool2d(stride);
}
