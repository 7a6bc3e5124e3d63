using ResNetManaged.Kernels.Quantized;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Models;
using ResNetManaged.Plans;
using ResNetManaged.Plans.Execution;
using ResNetManaged.Plans.Lowering.Quantized;
using ResNetManaged.Plans.Quantization;
using ResNetManaged.Tensors;

namespace ResNetManaged.Quantization;

/// <summary>Quantizes a trained network to int8: observes its activations on calibration pictures, then chooses ranges and rounds weights.</summary>
/// <remarks>
/// Activations become unsigned bytes with a range each, weights signed integers with a scale for each output channel; sums are exact, so a quantized
/// network gives the same bits on every processor, thread count and batch. Equal pictures give an equal result, in any order. Not thread-safe.
/// </remarks>
public sealed class Quantizer
{
    /// <summary>The key of the network's input among its activations.</summary>
    internal const string InputKey = "input";

    private readonly ImageNetwork _network;
    private readonly QuantizerOptions _options;
    private readonly int _threads;
    private readonly Stack<Observation> _free = [];
    private readonly List<Observation> _all = [];
    private readonly Dictionary<string, ActivationStatistics> _statistics = [];
    private readonly Dictionary<StateTensor, Tensor> _originals = []; // of what quantization has replaced
    private InferenceProgram? _program;

    /// <summary>Prepares to quantize a network.</summary>
    /// <param name="network">The network, in evaluation mode. <see cref="Quantize"/> changes its weights.</param>
    /// <param name="options">How to quantize it; null for the defaults.</param>
    /// <exception cref="ArgumentException">The network is in training mode or is quantized already.</exception>
    public Quantizer(ImageNetwork network, QuantizerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        if (network.Training) throw new ArgumentException("Quantizer: the network is in training mode; call Eval() first.", nameof(network));
        if (network.Quantization is not null) throw new ArgumentException("Quantizer: the network is quantized already; expected one with float weights.", nameof(network));
        _network = network;
        _options = options ?? new QuantizerOptions();
        _threads = _options.Threads ?? ExecutionOptions.Default.Threads;
    }

    /// <summary>The number of pictures observed so far.</summary>
    public int Pictures { get; private set; }

    /// <summary>Observes the network's activations on calibration pictures. Call it as often as needed; a hundred to a thousand pictures are usual.</summary>
    /// <param name="pictures">The network's input, <c>[N, C, H, W]</c>, of the same size at every call.</param>
    /// <exception cref="ShapeMismatchException">The shape does not fit the network, or differs from an earlier call's.</exception>
    /// <exception cref="NotFiniteNumberException">The network's output is not finite, so its weights are probably damaged.</exception>
    public void Observe(Tensor pictures)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        Shape one = pictures.Shape.With(0, 1);
        _program ??= InferenceProgram.Compile(_network.Trace(one), SimdDispatch.Resolve(SimdPath.Auto), new ExecutionOptions { Threads = _threads, Precision = Precision.Exact },
            new WeightStore(_threads));
        if (one != _program.InputShape)
            throw new ShapeMismatchException($"Quantizer: the pictures have shape {pictures.Shape}; expected {_program.InputShape.With(0, pictures.Shape[0])}, as before.");
        int length = one.ElementCount;
        bool isFinite = true;
        Parallel.For(0, pictures.Shape[0], new ParallelOptions { MaxDegreeOfParallelism = _threads }, i =>
        {
            Observation observation = Rent();
            if (!observation.Run(pictures.ReadOnlySpan.Slice(i * length, length))) Volatile.Write(ref isFinite, false);
            lock (_free) _free.Push(observation);
        });
        if (!isFinite) throw new NotFiniteNumberException("Quantizer: the network's output is not finite; its weights are probably damaged.");
        Pictures += pictures.Shape[0];
    }

    /// <summary>Quantizes the network: its weights become those that the integers stand for, and from now on inference computes on bytes.</summary>
    /// <param name="keepFloat">The paths of layers that keep computing with floats, such as <c>conv1</c> or <c>fc</c>; null for none.</param>
    /// <returns>The quantized network, which can be saved. Another call starts from the original weights.</returns>
    /// <exception cref="InvalidOperationException">No picture has been observed.</exception>
    /// <exception cref="ArgumentException">A layer to keep in float does not exist.</exception>
    public QuantizedNetwork Quantize(IReadOnlyCollection<string>? keepFloat = null)
    {
        if (_program is null) throw new InvalidOperationException("Quantizer: no pictures were observed; call Observe first.");
        keepFloat ??= [];
        PlanNode[] layers = [.. _program.Steps.Select(step => step.Node).Where(node => QuantizedLowerings.WeightOf(node) is not null && QuantizedLowerings.Of(node) is not null)];
        foreach (string path in keepFloat)
        {
            if (!Array.Exists(layers, layer => layer.Path == path))
            {
                throw new ArgumentException($"Quantizer: '{path}' is not a layer that could be quantized; expected some of {string.Join(", ", layers.Select(layer => layer.Path))}.",
                    nameof(keepFloat));
            }
        }
        foreach ((StateTensor tensor, Tensor original) in _originals) tensor.Value = original;
        Merge();
        BitChoice bits = new([.. layers.Where(layer => !keepFloat.Contains(layer.Path))], _statistics, _options, _threads);
        Dictionary<string, QuantizedRange> ranges = bits.Activations;
        Dictionary<StateTensor, WeightScales> weights = [];
        List<QuantizedLayer> described = [];
        foreach (PlanNode layer in bits.Layers)
        {
            Parameter weight = LayerNoise.WeightOf(layer);
            if (weights.ContainsKey(weight)) continue;
            WeightScales scales = bits.ScalesOf(layer);
            Tensor rounded = WeightRounding.Round(weight.Value, scales.Scales, scales.Max);
            if (_options.CorrectBias && BiasCorrection.Of(layer, weight.Value, rounded, _statistics[layer.Inputs[0].Key]) is var (bias, corrected)) Replace(bias, corrected);
            Replace(weight, rounded);
            weights.Add(weight, scales);
            described.Add(new QuantizedLayer(layer.Path, ranges[layer.Inputs[0].Key].Bits, scales.Max > QuantizedWeights.Max7Bits ? 8 : 7, bits.SignalToNoise(layer)));
        }
        NetworkQuantization quantization = new(ranges, weights);
        _network.Quantize(quantization);
        return new QuantizedNetwork(_network, quantization, described, _options, [.. keepFloat], Pictures);
    }

    private void Replace(StateTensor tensor, Tensor value)
    {
        _originals.TryAdd(tensor, tensor.Value);
        tensor.Value = value;
    }

    private Observation Rent()
    {
        lock (_free)
        {
            if (_free.TryPop(out Observation? observation)) return observation;
            _all.Add(observation = new Observation(_program!));
            return observation;
        }
    }

    /// <summary>Adds up what the threads have seen.</summary>
    private void Merge()
    {
        foreach (Observation observation in _all)
        {
            foreach ((string key, ActivationStatistics statistics) in observation.Statistics)
            {
                if (_statistics.TryGetValue(key, out ActivationStatistics? known)) known.Add(statistics);
                else _statistics.Add(key, statistics);
            }
        }
        _all.Clear();
        _free.Clear();
    }

    /// <summary>One thread's run of the float network, and what it saw.</summary>
    private sealed class Observation(InferenceProgram program)
    {
        private readonly ObservedRun _run = new(program);
        private readonly float[] _output = new float[program.OutputShape.ElementCount];

        public Dictionary<string, ActivationStatistics> Statistics { get; } = [];

        /// <summary>Computes a picture's output.</summary>
        /// <returns>Whether it is finite.</returns>
        public bool Run(ReadOnlySpan<float> picture)
        {
            Add(InputKey, program.InputShape[1], picture);
            _run.Run(picture, _output, (node, output) => Add(node.Output.Key, node.Output.Shape[1], output));
            return Array.TrueForAll(_output, float.IsFinite);
        }

        private void Add(string key, int channels, ReadOnlySpan<float> values)
        {
            if (!Statistics.TryGetValue(key, out ActivationStatistics? statistics)) Statistics.Add(key, statistics = new ActivationStatistics(channels));
            statistics.Add(values);
        }
    }
}
