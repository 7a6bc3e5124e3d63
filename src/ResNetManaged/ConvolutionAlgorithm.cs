namespace ResNetManaged;

/// <summary>A way to compute a convolution.</summary>
public enum ConvolutionAlgorithm
{
    /// <summary>The fastest for each convolution, by measured rules.</summary>
    Auto,

    /// <summary>The definition, on blocked activations.</summary>
    Direct,

    /// <summary>Winograd's F(2x2, 3x3).</summary>
    WinogradF2,

    /// <summary>Winograd's F(4x4, 3x3).</summary>
    WinogradF4,

    /// <summary>Minimal filtering along the rows of a network's input, for kernels of 7 x 7 with stride 2.</summary>
    WinogradRows,
}
