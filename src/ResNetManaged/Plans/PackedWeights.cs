using ResNetManaged.Kernels.Memory;
using ResNetManaged.Tensors;

namespace ResNetManaged.Plans;

/// <summary>Weights in the order in which a kernel reads them, and a bias for each output channel of the blocks.</summary>
/// <param name="length">The number of weights.</param>
/// <param name="biasLength">The number of biases.</param>
/// <param name="type">The type of the weights.</param>
internal sealed unsafe class PackedWeights(int length, int biasLength, ElementType type = ElementType.Float32)
{
    private readonly PinnedBytes _weights = new((long)length * type.Size());
    private readonly PinnedArray _bias = new(biasLength);

    /// <summary>The type of the weights.</summary>
    public ElementType Type => type;

    /// <summary>The weights, which are float32.</summary>
    public float* Weights => (float*)_weights.Pointer;

    /// <summary>The weights, which are integers of 8 bits.</summary>
    public sbyte* Integers => (sbyte*)_weights.Pointer;

    /// <summary>The bias.</summary>
    public float* Bias => _bias.Pointer;

    /// <summary>The weights, which are float32.</summary>
    public Span<float> WeightSpan => new(Weights, length);

    /// <summary>The bias.</summary>
    public Span<float> BiasSpan => _bias.Span;

    /// <summary>Bytes of weights and bias.</summary>
    public long Bytes => _weights.Length + sizeof(float) * (long)biasLength;
}
