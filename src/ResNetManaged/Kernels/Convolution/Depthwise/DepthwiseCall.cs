namespace ResNetManaged.Kernels.Convolution.Depthwise;

/// <summary>What <see cref="DepthwiseKernel{TSimd, TVector, TPixels, TWidth, TStride}"/> reads and writes. All strides are in floats.</summary>
internal unsafe struct DepthwiseCall
{
    /// <summary>The first tap of the first pixel.</summary>
    public float* Input;

    /// <summary>The first tap's weights of the vector's channels; taps are a block apart.</summary>
    public float* Weights;

    /// <summary>The biases of the vector's channels.</summary>
    public float* Bias;

    /// <summary>What is added to the first pixel; null for nothing.</summary>
    public float* Residual;

    /// <summary>The first pixel of the result.</summary>
    public float* Output;

    /// <summary>Rows and columns of the kernel.</summary>
    public int KernelHeight, KernelWidth;

    /// <summary>From one kernel row, and from one kernel column, to the next.</summary>
    public nint TapRowStride, TapStride;

    /// <summary>From the first tap of a pixel to that of the next pixel in the row.</summary>
    public nint PixelStride;

    /// <summary>From one row of output pixels to the next.</summary>
    public nint InputRowStride, ResidualRowStride, OutputRowStride;

    /// <summary>Whether negative results become 0.</summary>
    public bool Relu;
}
