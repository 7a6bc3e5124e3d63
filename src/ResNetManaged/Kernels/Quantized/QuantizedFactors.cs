namespace ResNetManaged.Kernels.Quantized;

/// <summary>A quantized layer's packed weights, and the numbers of each output channel, in whole blocks.</summary>
internal readonly unsafe struct QuantizedFactors(sbyte* weights, int* start, float* factor, float* shift)
{
    public sbyte* Weights => weights;

    /// <summary>What each sum starts from.</summary>
    public int* Start => start;

    /// <summary>The factor of each sum.</summary>
    public float* Factor => factor;

    /// <summary>What is added to the product.</summary>
    public float* Shift => shift;
}
