using ResNetManaged.Graphs;
using ResNetManaged.Layers;

namespace ResNetManaged.Models.Parts;

/// <summary>Runs its modules in order, under names of their own: <c>nn.Sequential</c> of an <c>OrderedDict</c>.</summary>
internal sealed class NamedSequential : Module
{
    private readonly List<Module> _modules = [];

    /// <summary>Creates the container.</summary>
    /// <param name="modules">The modules in the order they run, with their names in a state dict.</param>
    /// <param name="typeName">What prints show as its type.</param>
    public NamedSequential(IEnumerable<(string Name, Module Module)> modules, string typeName = nameof(Sequential))
    {
        TypeName = typeName;
        foreach ((string name, Module module) in modules) _modules.Add(Register(name, module));
    }

    internal override string TypeName { get; }

    /// <inheritdoc/>
    protected override Value ForwardCore(Value input)
    {
        Value value = input;
        foreach (Module module in _modules) value = module.Forward(value);
        return value;
    }
}
