using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Quantized;
using ResNetManaged.Plans.Lowering.Quantized;

namespace ResNetManaged.Plans.Quantization;

/// <summary>Makes the nodes of quantized layers, and those that only move or add what these compute, work on bytes; converts values at the borders.</summary>
internal sealed class QuantizeGraph
{
    private readonly PlanGraph _graph;
    private readonly NetworkQuantization _quantization;
    private readonly Dictionary<PlanValue, QuantizedRange> _ranges = [];
    private readonly HashSet<PlanNode> _quantized = [];

    private QuantizeGraph(PlanGraph graph, NetworkQuantization quantization) => (_graph, _quantization) = (graph, quantization);

    /// <summary>Rewrites a graph whose sums and ReLUs are fused and whose algorithms have not been chosen.</summary>
    public static void Apply(PlanGraph graph, NetworkQuantization quantization)
    {
        QuantizeGraph pass = new(graph, quantization);
        pass.Choose();
        pass.Rewrite();
    }

    /// <summary>Chooses the nodes that work on bytes.</summary>
    private void Choose()
    {
        AddRange(_graph.Input, _graph.Input.Key);
        foreach (PlanNode node in _graph.Nodes)
        {
            bool moves = QuantizedLowerings.KeepsRange(node);
            if (moves && _ranges.TryGetValue(node.Inputs[0], out QuantizedRange range)) _ranges.Add(node.Output, range);
            else AddRange(node.Output, node.Output.Key);
            if (!node.Reads.All(_ranges.ContainsKey)) continue;
            bool fits = QuantizedLowerings.WeightOf(node) is not null
                ? ScalesOf(node) is not null
                : _ranges.ContainsKey(node.Output) && node.Reads.All(IsComputedAsBytes);
            if (fits && QuantizedLowerings.Of(node) is not null) _quantized.Add(node);
        }
        // What only moves or adds bytes is left to floats if its readers want floats.
        for (int i = _graph.Nodes.Count - 1; i >= 0; i--)
        {
            PlanNode node = _graph.Nodes[i];
            if (QuantizedLowerings.WeightOf(node) is null && !HasQuantizedReader(node.Output)) _quantized.Remove(node);
        }
    }

    /// <summary>Changes the nodes, and inserts conversions.</summary>
    private void Rewrite()
    {
        HashSet<PlanValue> bytes = [.. _quantized.Where(node => _ranges.ContainsKey(node.Output) && HasQuantizedReader(node.Output)).Select(node => node.Output)];
        Dictionary<(PlanValue Value, int BlockSize), PlanValue> converted = [];
        List<PlanNode> nodes = [];
        foreach (PlanNode node in _graph.Nodes)
        {
            bool isQuantized = _quantized.Contains(node);
            for (int i = 0; i < node.Inputs.Length; i++) node.Inputs[i] = As(isQuantized, node.Inputs[i], isQuantized ? QuantizedLowerings.InputBlockSize(node) : 0);
            if (node.Residual is not null) node.Residual = As(isQuantized, node.Residual, ChannelBlock.Size);
            if (isQuantized) node.Quantize(QuantizedLowerings.Of(node)!, ScalesOf(node));
            if (bytes.Contains(node.Output)) node.Output.Quantize(_ranges[node.Output]);
            nodes.Add(node);
        }
        _graph.Nodes.Clear();
        _graph.Nodes.AddRange(nodes);

        PlanValue As(bool wantsBytes, PlanValue value, int blockSize)
        {
            if (wantsBytes == bytes.Contains(value)) return value;
            if (value != _graph.Input) blockSize = ChannelBlock.Size;
            if (converted.TryGetValue((value, blockSize), out PlanValue? known)) return known;
            PlanValue other = new(value.Shape, value.Name) { Key = value.Key };
            if (wantsBytes) other.Quantize(_ranges[value]);
            QuantizedLowering lowering = wantsBytes ? new QuantizeLowering(readsRows: value == _graph.Input, blockSize) : DequantizeLowering.Instance;
            nodes.Add(new PlanNode(lowering, value.Name, [value], other));
            return converted[(value, blockSize)] = other;
        }
    }

    private void AddRange(PlanValue value, string key)
    {
        if (_quantization.Activations.TryGetValue(key, out QuantizedRange range)) _ranges.Add(value, range);
    }

    private bool IsComputedAsBytes(PlanValue value) => _graph.ProducerOf(value) is { } producer && _quantized.Contains(producer);

    private bool HasQuantizedReader(PlanValue value) => value != _graph.Output && _graph.ReadersOf(value).Any(_quantized.Contains);

    private WeightScales? ScalesOf(PlanNode node) =>
        QuantizedLowerings.WeightOf(node) is { } weight ? _quantization.Weights.GetValueOrDefault(weight) : null;
}
