namespace ResNetManaged.Kernels.Tiles;

/// <summary>What all rows of sums have in common that <see cref="WeightTileKernel{TSimd, TVector, TFirst, TSecond, TVectors}"/> computes.</summary>
/// <remarks>The pixels summed over: so many images, rows of each and pixels of each row. Strides in floats.</remarks>
internal unsafe struct WeightTileCall
{
    public int Images, Rows, Pixels;

    /// <summary>Of the convolution's input: from one output pixel's to the next one's.</summary>
    public nint InputImageStride, InputRowStride, InputPixelStride;

    /// <summary>Of the gradient of its output, whose pixels are 16 floats apart.</summary>
    public nint GradientImageStride, GradientRowStride;

    /// <summary>From a gradient pixel's first vector to its second.</summary>
    public nint GradientVectorStride;

    /// <summary>What to bring into the second-level cache meanwhile, and bytes to go on with each pixel and each image.</summary>
    public byte* Prefetch;
    public nint PrefetchStep, PrefetchImageStride;
}
