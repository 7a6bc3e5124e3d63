using ResNetManaged.Graphs;
using ResNetManaged.Plans;
using ResNetManaged.Tensors;

namespace ResNetManaged.Layers.State;

/// <summary>The compiled models behind <see cref="Module.Forward(Tensor, ExecutionOptions?)"/>: made when first needed, and anew when a parameter has changed.</summary>
internal sealed class CompilationCache
{
    private const int MostModels = 4; // of different options, each with its own packed weights

    private volatile Entry[] _entries = []; // the one used last comes first

    /// <summary>Runs a computation of a module.</summary>
    public Tensor Run(Module module, Func<Shape, Graph> trace, Tensor input, ExecutionOptions options)
    {
        Entry[] entries = _entries;
        if (entries.Length > 0 && entries[0].Fits(options)) return entries[0].Model.Run(input);
        Entry entry = Array.Find(entries, known => known.Fits(options))
            ?? new Entry(new CompiledModel(trace, options, new ModuleState(module)), new ModuleState(module));
        _entries = [entry, .. entries.Where(known => known != entry && !known.State.HasChanged).Take(MostModels - 1)];
        return entry.Model.Run(input);
    }

    private sealed record Entry(CompiledModel Model, ModuleState State)
    {
        public bool Fits(ExecutionOptions options) => Model.Options == options && !State.HasChanged;
    }
}
