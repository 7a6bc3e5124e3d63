using ResNetManaged.Plans;
using ResNetManaged.Tensors;

namespace ResNetManaged.Layers.State;

/// <summary>Detects whether a module's parameters, buffers or modes have changed since construction.</summary>
internal sealed class ModuleState : ISourceState
{
    private readonly StateTensor[] _tensors;
    private readonly (Module Module, bool Training)[] _modes;
    private readonly long _version;

    public ModuleState(Module module)
    {
        _tensors = [.. module.NamedState().Select(named => named.Tensor)];
        _modes = [.. module.NamedModules().Select(named => (named.Module, named.Module.Training))];
        _version = Version();
    }

    /// <inheritdoc/>
    public bool HasChanged => Version() != _version || Array.Exists(_modes, mode => mode.Module.Training != mode.Training);

    /// <summary>Grows when any of the tensors may have changed.</summary>
    private long Version()
    {
        long version = 0;
        foreach (StateTensor tensor in _tensors) version += tensor.Version;
        return version;
    }
}
