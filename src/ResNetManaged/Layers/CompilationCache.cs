using ResNetManaged.Graphs;
using ResNetManaged.Kernels;
using ResNetManaged.Plans;
using ResNetManaged.Tensors;

namespace ResNetManaged.Layers;

/// <summary>The compiled model behind <see cref="Module.Forward(Tensor, ExecutionOptions?)"/>: made when first needed, and anew when a parameter has changed.</summary>
internal sealed class CompilationCache
{
    private volatile Entry? _entry;

    /// <summary>Runs a computation of a module.</summary>
    public Tensor Run(Module module, Func<Shape, Graph> trace, Tensor input, ExecutionOptions options)
    {
        Entry? entry = _entry;
        if (entry is null || entry.IsStale || entry.Model.Options != options)
        {
            StateTensor[] state = [.. module.NamedState().Select(named => named.Tensor)];
            long version = VersionOf(state); // before anything is packed: what changes meanwhile is noticed
            (Module, bool)[] modes = [.. module.NamedModules().Select(named => (named.Module, named.Module.Training))];
            _entry = entry = new Entry(new CompiledModel(trace, options), state, version, modes);
        }
        return entry.Model.Run(input);
    }

    /// <summary>Grows when any of the tensors may have changed.</summary>
    private static long VersionOf(StateTensor[] state)
    {
        long version = 0;
        foreach (StateTensor tensor in state) version += tensor.Version;
        return version;
    }

    private sealed record Entry(CompiledModel Model, StateTensor[] State, long Version, (Module Module, bool Training)[] Modes)
    {
        public bool IsStale => VersionOf(State) != Version || Array.Exists(Modes, mode => mode.Module.Training != mode.Training);
    }
}
