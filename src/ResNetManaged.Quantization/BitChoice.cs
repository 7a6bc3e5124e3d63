using ResNetManaged.Kernels.Quantized;
using ResNetManaged.Plans;
using ResNetManaged.Plans.Quantization;
using ResNetManaged.Tensors;

namespace ResNetManaged.Quantization;

/// <summary>Chooses the bits, and with them the ranges of activations and the scales of weights.</summary>
/// <remarks>
/// A layer's noise is the mean square of its output's error divided by that of the output, as the moments of its input predict it. To choose between 7
/// and 8 bits, everything starts with 7; then the activation or the weights whose eighth bit removes the most noise for the time that it costs get it, until
/// the noise of all layers together is little above that of 8 bits everywhere.
/// </remarks>
internal sealed class BitChoice
{
    // With 7 bits everywhere it is about 4. A ResNet-18's logits of photographs have a relative error of 0.028 with 7 bits, 0.021 with 1.2 times the noise of 8 bits,
    // and 0.016 with 8 bits.
    private const double AllowedNoise = 1.2;

    private readonly Dictionary<string, Candidate<QuantizedRange>> _activations = [];
    private readonly Dictionary<StateTensor, Candidate<WeightScales>> _weights = [];
    private readonly Dictionary<PlanNode, LayerMoments> _moments = [];

    /// <summary>Prepares both alternatives of each activation and layer.</summary>
    public BitChoice(PlanNode[] layers, Dictionary<string, ActivationStatistics> statistics, QuantizerOptions options, int threads)
    {
        Layers = layers;
        foreach ((string key, ActivationStatistics observed) in statistics)
        {
            QuantizedRange Range(int max) => RangeChooser.Choose(observed.Histogram, options.Calibration, max);
            double Error(QuantizedRange range) => RangeChooser.MeanSquareError(observed.Histogram, range);
            QuantizedRange seven = Range(QuantizedRange.Max7Bits), eight = Range(QuantizedRange.Max8Bits);
            _activations.Add(key, new Candidate<QuantizedRange>(seven, eight, Error(seven), Error(eight)));
        }
        foreach (PlanNode layer in layers)
        {
            Parameter weight = LayerNoise.WeightOf(layer);
            ActivationStatistics input = statistics[layer.Inputs[0].Key];
            WeightScales Scales(int max) => new(WeightRounding.Scales(weight.Value, max, threads), max);
            double Error(WeightScales scales) => LayerNoise.OfWeights(layer, weight.Value, scales.Scales, scales.Max, input);
            if (!_weights.ContainsKey(weight))
            {
                WeightScales seven = Scales(QuantizedWeights.Max7Bits), eight = Scales(QuantizedWeights.Max8Bits);
                _weights.Add(weight, new Candidate<WeightScales>(seven, eight, Error(seven), Error(eight)));
            }
            double products = (double)layer.Output.Shape.ElementCount * weight.Shape.ElementCount / weight.Shape[0];
            _moments.Add(layer, new LayerMoments(Math.Max(statistics[layer.Output.Key].MeanSquare(), 1e-30), LayerNoise.OfInput(layer, weight.Value, 1), products));
        }
        // Pictures have 8 bits, and all other layers see the first one's noise, whose own products are few.
        _activations[Quantizer.InputKey].HasEight = true;
        foreach (PlanNode layer in layers.Where(layer => layer.Inputs[0].Key == Quantizer.InputKey)) _weights[LayerNoise.WeightOf(layer)].HasEight = true;
        Candidate[] candidates = [.. _activations.Values, .. _weights.Values];
        switch (options.Bits)
        {
            case QuantizedBits.Eight:
                foreach (Candidate candidate in candidates) candidate.HasEight = true;
                break;
            case QuantizedBits.Auto:
                double allowed = AllowedNoise * Layers.Sum(layer => NoiseOf(layer, activation => activation.Eighth, weight => weight.Eighth));
                while (Noise() > allowed && candidates.Where(candidate => !candidate.HasEight).MaxBy(Value) is { } best) best.HasEight = true;
                break;
        }
    }

    /// <summary>The layers that compute on bytes.</summary>
    public PlanNode[] Layers { get; }

    /// <summary>The range of each activation, by its key.</summary>
    public Dictionary<string, QuantizedRange> Activations => _activations.ToDictionary(pair => pair.Key, pair => pair.Value.Chosen);

    /// <summary>The scales of a layer's weights.</summary>
    public WeightScales ScalesOf(PlanNode layer) => _weights[LayerNoise.WeightOf(layer)].Chosen;

    /// <summary>The signal of a layer's output divided by the noise that its own rounding adds, in decibels.</summary>
    public double SignalToNoise(PlanNode layer) => -10 * Math.Log10(Math.Max(NoiseOf(layer), 1e-30));

    /// <summary>The noise that an eighth bit removes, for each unit of time that it costs.</summary>
    private double Value(Candidate candidate)
    {
        double noise = Noise(), time = Time();
        candidate.HasEight = true;
        double value = (noise - Noise()) / Math.Max(Time() - time, 1);
        candidate.HasEight = false;
        return value;
    }

    private double Noise() => Layers.Sum(NoiseOf);

    private double NoiseOf(PlanNode layer) => NoiseOf(layer, activation => activation.Error, weight => weight.Error);

    /// <summary>The noise of a layer: of its input, of its weights and of the shortcut that it adds.</summary>
    private double NoiseOf(PlanNode layer, Func<Candidate<QuantizedRange>, double> ofActivation, Func<Candidate<WeightScales>, double> ofWeights)
    {
        double noise = ofActivation(_activations[layer.Inputs[0].Key]) * _moments[layer].Gain + ofWeights(_weights[LayerNoise.WeightOf(layer)]);
        if (layer.Residual is { } shortcut) noise += ofActivation(_activations[shortcut.Key]);
        return noise / _moments[layer].Signal;
    }

    /// <summary>The time of all products. 7 and 7 bits, 8 and 7, and 8 and 8 took 32, 42 and 57 ms for a ResNet-50 (Zen 4, AVX-512, December 2026).</summary>
    private double Time() => Layers.Sum(layer => _moments[layer].Products
        * (_activations[layer.Inputs[0].Key].HasEight, _weights[LayerNoise.WeightOf(layer)].HasEight) switch
        {
            (false, false) => 32,
            (true, true) => 57,
            _ => 42,
        });

    /// <summary>What does not depend on the bits of a layer.</summary>
    /// <param name="Signal">The mean square of its output.</param>
    /// <param name="Gain">The mean square of its output's error for an input whose error has a mean square of 1.</param>
    /// <param name="Products">Its multiply-adds.</param>
    private sealed record LayerMoments(double Signal, double Gain, double Products);

    /// <summary>An activation or weights, with 7 or 8 bits.</summary>
    private abstract class Candidate
    {
        public bool HasEight { get; set; }
    }

    private sealed class Candidate<T>(T seven, T eight, double seventh, double eighth) : Candidate
    {
        public T Chosen => HasEight ? eight : seven;

        public double Error => HasEight ? eighth : seventh;

        public double Eighth => eighth;
    }
}
