using ResNetManaged.Kernels.Memory;

namespace ResNetManaged.Plans;

/// <summary>Weights in the order in which a kernel reads them, and a bias for each output channel of the blocks.</summary>
internal sealed unsafe class PackedWeights(int weightLength, int biasLength)
{
    private readonly PinnedArray _weights = new(weightLength), _bias = new(biasLength);

    public float* Weights => _weights.Pointer;

    public float* Bias => _bias.Pointer;

    public Span<float> WeightSpan => _weights.Span;

    public Span<float> BiasSpan => _bias.Span;

    public long Bytes => sizeof(float) * ((long)_weights.Length + _bias.Length);
}
