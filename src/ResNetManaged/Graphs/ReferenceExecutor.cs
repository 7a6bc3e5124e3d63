using ResNetManaged.Tensors;

namespace ResNetManaged.Graphs;

/// <summary>Runs a graph node by node on plain NCHW tensors: general and short, the oracle for all faster code.</summary>
/// <remarks>
/// Memory is reused while the graph runs: an operation that may overwrite its input does so if it is the last reader, and a buffer that has been read
/// for the last time is reused by a later operation.
/// </remarks>
internal static class ReferenceExecutor
{
    /// <summary>Computes the graph's output.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="input">A tensor of the graph's input shape; only read.</param>
    /// <param name="options">Threads and vector width.</param>
    /// <returns>The output, in newly allocated memory.</returns>
    public static Tensor Run(Graph graph, Tensor input, ExecutionOptions options)
    {
        graph.CheckInput(input.Shape);
        Dictionary<Value, int> readers = CountReaders(graph);
        Dictionary<Value, Slot> slots = new() { [graph.Input] = new Slot(input.Buffer, int.MaxValue / 2) }; // the caller's, never reused
        FreeBuffers free = new();
        foreach (Node node in graph.Nodes)
        {
            Slot[] sources = Array.ConvertAll(node.InputArray, value => slots[value]);
            foreach (Slot source in sources) source.Readers--;

            bool inPlace = node.Operation.IsReshape || (node.Operation.CanOverwriteInput && sources[0].Readers == 0);
            Slot target = inPlace ? sources[0] : new Slot(free.Take(node.Output.Shape.ElementCount), 0);
            if (!node.Operation.IsReshape)
            {
                Tensor[] inputs = Array.ConvertAll(node.InputArray, value => Tensor.OverBuffer(slots[value].Buffer, value.Shape));
                node.Operation.Execute(inputs, Tensor.OverBuffer(target.Buffer, node.Output.Shape), options);
            }

            target.Readers += readers[node.Output];
            slots[node.Output] = target;
            foreach (Slot source in sources.Distinct())
            {
                if (source.Readers == 0) free.Return(source.Buffer);
            }
        }

        float[] output = slots[graph.Output].Buffer;
        bool ownsExactly = output != input.Buffer && output.Length == graph.Output.Shape.ElementCount;
        Tensor result = Tensor.OverBuffer(output, graph.Output.Shape);
        return ownsExactly ? result : result.Clone();
    }

    /// <summary>How often each value is read by nodes, and the output by the caller.</summary>
    private static Dictionary<Value, int> CountReaders(Graph graph)
    {
        Dictionary<Value, int> readers = new() { [graph.Input] = 0 };
        foreach (Node node in graph.Nodes)
        {
            readers[node.Output] = 0;
            foreach (Value value in node.InputArray) readers[value]++;
        }
        readers[graph.Output]++;
        return readers;
    }

    /// <summary>A buffer and the number of reads still to come, under any shape.</summary>
    private sealed class Slot(float[] buffer, int readers)
    {
        public float[] Buffer { get; } = buffer;

        public int Readers { get; set; } = readers;
    }

    /// <summary>Buffers that will not be read again.</summary>
    private sealed class FreeBuffers
    {
        private readonly List<float[]> _buffers = [];

        /// <summary>The smallest free buffer that is long enough, or a new one.</summary>
        public float[] Take(int length)
        {
            int best = -1;
            for (int i = 0; i < _buffers.Count; i++)
            {
                if (_buffers[i].Length >= length && (best < 0 || _buffers[i].Length < _buffers[best].Length)) best = i;
            }
            if (best < 0) return GC.AllocateUninitializedArray<float>(length);
            float[] buffer = _buffers[best];
            _buffers.RemoveAt(best);
            return buffer;
        }

        public void Return(float[] buffer) => _buffers.Add(buffer);
    }
}
