using ResNetManaged.Graphs;
using ResNetManaged.Plans;
using ResNetManaged.Tensors;

namespace ResNetManaged.Layers.State;

/// <summary>
/// The compiled models that <see cref="Module.Forward(Tensor, ExecutionOptions?)"/> runs: compiled on first use, and again after a parameter has
/// changed.
/// </summary>
/// <remarks>
/// Threads that request the same options at the same time share one model: one thread compiles and packs the weights while the others wait.
/// </remarks>
internal sealed class CompilationCache
{
    private const int MostModels = 4; // of different options, each with its own packed weights

    private readonly Lock _adding = new();
    private volatile Entry[] _entries = []; // most recently used first

    /// <summary>Runs a computation of a module.</summary>
    public Tensor Run(Module module, Func<Shape, Graph> trace, Tensor input, ExecutionOptions options)
    {
        Entry[] entries = _entries;
        Entry entry = entries.Length > 0 && entries[0].Fits(options) ? entries[0] : FindOrAdd(module, trace, options);
        return entry.Model.Run(input);
    }

    /// <summary>
    /// Holds the lock only to create the entry: <see cref="CompiledModel"/> compiles each shape once, under a lock that other options do not share.
    /// </summary>
    private Entry FindOrAdd(Module module, Func<Shape, Graph> trace, ExecutionOptions options)
    {
        lock (_adding)
        {
            Entry entry = Array.Find(_entries, known => known.Fits(options))
                ?? new Entry(new CompiledModel(trace, options, new ModuleState(module), module.Quantization), new ModuleState(module));
            _entries = [entry, .. _entries.Where(known => known != entry && !known.State.HasChanged).Take(MostModels - 1)];
            return entry;
        }
    }

    private sealed class Entry(CompiledModel model, ModuleState state)
    {
        public CompiledModel Model => model;

        public ModuleState State => state;

        public bool Fits(ExecutionOptions options) => model.Options == options && !state.HasChanged;
    }
}
