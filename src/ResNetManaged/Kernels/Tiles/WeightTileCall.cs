namespace ResNetManaged.Kernels.Tiles;

/// <summary>What all tiles of one call of <see cref="WeightTileKernel{TSimd, TVector, TFirst, TSecond, TVectors}"/> have in common.</summary>
/// <remarks>The pixels summed over: a number of images, of rows in each and of pixels in each row. Strides are in floats.</remarks>
internal unsafe struct WeightTileCall
{
    public int Images, Rows, Pixels;

    /// <summary>In the convolution's input, from one output pixel's window to the next.</summary>
    public nint InputImageStride, InputRowStride, InputPixelStride;

    /// <summary>In the gradient of its output, whose pixels are 16 floats apart.</summary>
    public nint GradientImageStride, GradientRowStride;

    /// <summary>From a gradient pixel's first vector to its second.</summary>
    public nint GradientVectorStride;

    /// <summary>What to prefetch into the second-level cache, and the bytes to advance with each pixel and each image.</summary>
    public byte* Prefetch;
    public nint PrefetchStep, PrefetchImageStride;
}
