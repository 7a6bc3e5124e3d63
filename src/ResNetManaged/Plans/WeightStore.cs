using ResNetManaged.Kernels.Threading;
using ResNetManaged.Tensors;

namespace ResNetManaged.Plans;

/// <summary>Identifies packed weights by the tensors they come from and the kernel they are for.</summary>
/// <param name="Weight">The weights.</param>
/// <param name="Bias">The bias; null for none. Layers of imported networks may share weights and differ in the bias.</param>
/// <param name="Norm">The batch norm folded in; null for none.</param>
/// <param name="Algorithm">The algorithm that reads them.</param>
/// <param name="BlockSize">Channels of a block of its input.</param>
/// <param name="Type">The type in which they are packed.</param>
/// <param name="Scale">The factors of the output channels folded in; null for none.</param>
/// <param name="Quantized">The key of the layer's output, on which quantized weights depend; null if they are not quantized.</param>
internal readonly record struct WeightKey(StateTensor Weight, StateTensor? Bias, NormKey? Norm, ConvolutionAlgorithm Algorithm, int BlockSize,
    ElementType Type = ElementType.Float32, StateTensor? Scale = null, string? Quantized = null);

/// <summary>Identifies what a batch norm folds into weights: its statistics, its parameters, and what is added to the variance.</summary>
internal readonly record struct NormKey(StateTensor? Mean, StateTensor? Variance, StateTensor? Weight, StateTensor? Bias, double Eps);

/// <summary>The packed weights of a model: packed once, shared by its plans for all shapes.</summary>
/// <remarks>
/// Memory is allocated when weights are requested and filled in <see cref="PackAll"/>, on several threads: a layer's weights are read, packed and
/// dropped, so that only the layers being packed are briefly in memory twice.
/// </remarks>
internal sealed class WeightStore(int threads)
{
    private readonly Dictionary<WeightKey, PackedWeights> _packed = [];
    private readonly List<(PackedWeights Packed, Packing Pack)> _pending = [];

    /// <summary>Fills packed weights; what is not in memory yet is read into the scratch array, which grows.</summary>
    internal delegate void Packing(PackedWeights packed, ref float[] scratch);

    /// <summary>Bytes of all packed weights.</summary>
    public long Bytes => _packed.Values.Sum(weights => weights.Bytes);

    /// <summary>The packed weights for a key: existing ones, or new ones that <see cref="PackAll"/> will fill.</summary>
    /// <param name="key">The weights.</param>
    /// <param name="length">The number of packed weights.</param>
    /// <param name="biasLength">The number of biases.</param>
    /// <param name="pack">Fills new weights.</param>
    public PackedWeights Get(WeightKey key, int length, int biasLength, Packing pack)
    {
        if (_packed.TryGetValue(key, out PackedWeights? packed)) return packed;
        packed = new PackedWeights(length, biasLength, key.Type);
        _packed.Add(key, packed);
        _pending.Add((packed, pack));
        return packed;
    }

    /// <summary>Fills all weights requested since the last call, while other work runs.</summary>
    /// <param name="beside">Runs on one of the threads meanwhile.</param>
    public void PackAll(Action beside)
    {
        _pending.Sort((a, b) => b.Packed.Bytes.CompareTo(a.Packed.Bytes)); // the largest first, so that threads finish at about the same time
        ParallelLoop.For(_pending.Count + 1, threads, new PendingWork(_pending, beside));
        _pending.Clear();
    }

    /// <summary>Item 0 is the other work; every other item is a pending packing.</summary>
    private readonly struct PendingWork(List<(PackedWeights Packed, Packing Pack)> pending, Action beside) : IWork
    {
        private readonly Stack<float[]> _scratch = []; // an array for each thread that packs, dropped with the work

        public void Run(int index)
        {
            if (index == 0)
            {
                beside();
                return;
            }
            float[]? scratch;
            lock (_scratch) scratch = _scratch.TryPop(out scratch) ? scratch : [];
            pending[index - 1].Pack(pending[index - 1].Packed, ref scratch);
            lock (_scratch) _scratch.Push(scratch);
        }
    }
}
