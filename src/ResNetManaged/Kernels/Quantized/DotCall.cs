namespace ResNetManaged.Kernels.Quantized;

/// <summary>What the tiles of one panel have in common.</summary>
internal unsafe struct DotCall
{
    /// <summary>The image's first byte, of the panel's first block of input channels.</summary>
    public byte* Input;

    /// <summary>For each tap and group, the weights of one or two vectors of channels.</summary>
    public sbyte* Weights;

    /// <summary>The offset of each tap from a tile's first pixel, in bytes.</summary>
    public int* Taps;

    public int TapCount;

    /// <summary>Groups of four channels at each tap, an even number.</summary>
    public int Groups;

    /// <summary>Bytes from one pixel of a run to the next in the input.</summary>
    public nint PixelStride;

    /// <summary>The weights to prefetch while this panel is computed, and the bytes to advance with every two groups.</summary>
    public sbyte* Prefetch;
    public nint PrefetchStep;

    /// <summary>For each channel of the panel: what its sum starts from.</summary>
    public int* Start;

    /// <summary>For each channel of the panel: the factor of its sum, and what is added to the product.</summary>
    public float* Factor, Shift;

    /// <summary>The first channel of the panel in the image's first byte of the residual; null for none. It has one byte per element.</summary>
    public byte* Residual;

    /// <summary>The factor of the residual's bytes.</summary>
    public float ResidualFactor;

    /// <summary>Elements from a pixel's first vector to its second, in the output and in the residual.</summary>
    public nint OutputVectorStride, ResidualVectorStride;

    /// <summary>The panel's first channel in the image's first element of the output, if that has bytes; null otherwise.</summary>
    public byte* Bytes;

    /// <summary>The same, if the output has floats; null otherwise.</summary>
    public float* Floats;

    /// <summary>The smallest and largest results, and the byte that stands for 0; of floats, only the smallest counts.</summary>
    public float Low, High;
    public int ZeroPoint;
}
