using ResNetManaged.Kernels.Quantized;
using ResNetManaged.Tensors;

namespace ResNetManaged.Plans.Quantization;

/// <summary>How a network is quantized: the ranges of its activations and the scales of its weights.</summary>
/// <param name="Activations">The range of each activation that may be stored as bytes, by <see cref="PlanValue.Key"/>; the input's key is <c>input</c>.</param>
/// <param name="Weights">The scales of each layer that computes on bytes, by its weight; layers without scales compute on floats.</param>
internal sealed record NetworkQuantization(IReadOnlyDictionary<string, QuantizedRange> Activations, IReadOnlyDictionary<StateTensor, WeightScales> Weights);

/// <summary>The scales of a layer's weights, which are integers of limited magnitude times the scale of their output channel.</summary>
/// <param name="Scales">The scale of each output channel, above 0.</param>
/// <param name="Max">The largest magnitude of an integer: 63 for 7 bits, 127 for 8.</param>
internal sealed record WeightScales(float[] Scales, int Max);
