using ResNetManaged.Layers.State;
using ResNetManaged.Tensors;

namespace ResNetManaged.Layers;

public abstract partial class Module
{
    /// <summary>The modules directly below this one, in registration order.</summary>
    /// <returns>Names and modules.</returns>
    internal IReadOnlyList<(string Name, Module Module)> NamedChildren() => _children;

    /// <summary>This module and all below it, a parent before its children; each only once.</summary>
    /// <returns>Paths, empty for this module itself, and modules.</returns>
    public IEnumerable<(string Path, Module Module)> NamedModules()
    {
        HashSet<Module> seen = [];
        return Walk("", this, seen.Add);
    }

    /// <summary>All parameters of this module and those below it; each only once.</summary>
    /// <returns>Paths as in a state dict, and parameters.</returns>
    public IEnumerable<(string Path, Parameter Parameter)> NamedParameters()
    {
        HashSet<Parameter> seen = [];
        foreach ((string path, Module module) in NamedModules())
        {
            foreach ((string name, Parameter parameter) in module._parameters)
            {
                if (seen.Add(parameter)) yield return (Join(path, name), parameter);
            }
        }
    }

    /// <summary>All buffers of this module and those below it; each only once.</summary>
    /// <returns>Paths as in a state dict, and buffers.</returns>
    internal IEnumerable<(string Path, StateTensor Buffer)> NamedBuffers()
    {
        HashSet<StateTensor> seen = [];
        foreach ((string path, Module module) in NamedModules())
        {
            foreach ((string name, StateTensor buffer) in module._buffers)
            {
                if (seen.Add(buffer)) yield return (Join(path, name), buffer);
            }
        }
    }

    /// <summary>All parameters of this module and those below it; each only once.</summary>
    /// <returns>The parameters.</returns>
    public IEnumerable<Parameter> Parameters() => NamedParameters().Select(entry => entry.Parameter);

    /// <summary>The module at a path such as <c>layer2_x</c> or <c>layer1.0.conv1</c>.</summary>
    /// <param name="path">Names joined by dots; empty for this module itself.</param>
    /// <returns>The module.</returns>
    /// <exception cref="ArgumentException">There is no such module; the message lists the known names.</exception>
    public Module GetSubmodule(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        Module module = this;
        if (path.Length == 0) return module;
        foreach (string name in path.Split('.'))
        {
            int index = module._children.FindIndex(child => child.Name == name);
            if (index < 0)
            {
                string known = module._children.Count == 0 ? "none" : string.Join(", ", module._children.Select(child => child.Name));
                throw new ArgumentException($"Module path '{path}': {module.TypeName} has no child '{name}'; it has {known}.", nameof(path));
            }
            module = module._children[index].Module;
        }
        return module;
    }

    /// <summary>All parameters and buffers by path, in PyTorch's order. The tensors are not copied.</summary>
    /// <returns>The state.</returns>
    public StateDict StateDict()
    {
        StateDict state = new();
        foreach ((string path, StateTensor tensor) in NamedState()) state.Add(path, tensor.Value);
        return state;
    }

    /// <summary>Loads parameters and buffers from a state dict. Tensors are not copied: the module uses them from now on.</summary>
    /// <remarks>
    /// Everything is checked before anything changes. <c>num_batches_tracked</c> may always be missing: checkpoints older than
    /// PyTorch 0.4.1 do not have it.
    /// </remarks>
    /// <param name="state">The tensors by path.</param>
    /// <param name="strict">Whether the paths must match exactly. If false, missing ones keep their values and unexpected ones are ignored.</param>
    /// <returns>The missing and the unexpected paths.</returns>
    /// <exception cref="StateDictMismatchException">A shape differs or, if strict, a path is missing or unexpected.</exception>
    public StateDictDifference LoadStateDict(StateDict state, bool strict = true)
    {
        ArgumentNullException.ThrowIfNull(state);
        List<(StateTensor Target, Tensor Source)> matches = [];
        List<string> missing = [], misshaped = [];
        HashSet<string> expected = [];
        foreach ((string path, StateTensor target) in NamedState())
        {
            expected.Add(path);
            if (!state.TryGetValue(path, out Tensor? source))
            {
                if (!path.EndsWith("num_batches_tracked", StringComparison.Ordinal)) missing.Add(path);
            }
            else if (source.Shape != target.Shape)
            {
                misshaped.Add($"'{path}' has shape {source.Shape}; the model expects {target.Shape}");
            }
            else
            {
                matches.Add((target, source));
            }
        }
        StateDictDifference difference = new(missing, [.. state.Keys.Where(path => !expected.Contains(path))]);
        if (misshaped.Count > 0 || (strict && !difference.IsEmpty))
            throw new StateDictMismatchException(state.Source, TypeName, misshaped, strict ? difference : StateDictDifference.None);
        foreach ((StateTensor target, Tensor source) in matches) target.Value = source;
        return difference;
    }

    /// <summary>Parameters, then buffers, module by module: the order of PyTorch's state dict.</summary>
    internal IEnumerable<(string Path, StateTensor Tensor)> NamedState()
    {
        foreach ((string path, Module module) in Walk("", this, _ => true))
        {
            foreach ((string name, Parameter parameter) in module._parameters) yield return (Join(path, name), parameter);
            foreach ((string name, StateTensor buffer) in module._buffers) yield return (Join(path, name), buffer);
        }
    }

    private static IEnumerable<(string Path, Module Module)> Walk(string path, Module module, Func<Module, bool> visit)
    {
        if (!visit(module)) yield break;
        yield return (path, module);
        foreach ((string name, Module child) in module._children)
        {
            foreach ((string, Module) below in Walk(Join(path, name), child, visit)) yield return below;
        }
    }

    private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";
}
