using System.Collections;
using System.Globalization;
using ResNetManaged.Graphs;

namespace ResNetManaged.Layers;

/// <summary>Runs its modules in order; their names are "0", "1", ...</summary>
public sealed class Sequential : Module, IReadOnlyList<Module>
{
    /// <summary>Creates the container.</summary>
    /// <param name="modules">The modules in the order they run.</param>
    public Sequential(params IEnumerable<Module> modules)
    {
        ArgumentNullException.ThrowIfNull(modules);
        int index = 0;
        foreach (Module module in modules) Register(index++.ToString(CultureInfo.InvariantCulture), module);
    }

    /// <summary>The number of modules.</summary>
    public int Count => NamedChildren().Count;

    /// <summary>The module at an index.</summary>
    public Module this[int index] => NamedChildren()[index].Module;

    /// <inheritdoc/>
    public IEnumerator<Module> GetEnumerator() => NamedChildren().Select(child => child.Module).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <inheritdoc/>
    protected override Value ForwardCore(Value input)
    {
        Value value = input;
        foreach (Module module in this) value = module.Forward(value);
        return value;
    }
}
