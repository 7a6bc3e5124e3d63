using ResNetManaged.Graphs;
using ResNetManaged.Layers;
using ResNetManaged.Tensors;

namespace ResNetManaged.Onnx;

/// <summary>The tensors of an ONNX file whose names start alike: <c>layer1.0.conv1</c>.</summary>
internal sealed class OnnxScope : Module
{
    private readonly Dictionary<string, OnnxScope> _scopes = [];
    private readonly HashSet<string> _names = [];

    /// <summary>Adds a tensor under its name, of which every part but the last is a scope.</summary>
    public void Add(ReadOnlySpan<string> parts, StateTensor tensor)
    {
        OnnxScope scope = this;
        foreach (string part in parts[..^1]) scope = scope.Below(part);
        string name = scope.Free(parts[^1]);
        if (tensor is Parameter parameter) scope.Register(name, parameter);
        else scope.RegisterBuffer(name, tensor);
    }

    protected override Value ForwardCore(Value input) => throw new InvalidOperationException("OnnxScope: it only holds tensors.");

    private OnnxScope Below(string name)
    {
        if (_scopes.TryGetValue(name, out OnnxScope? scope)) return scope;
        return _scopes[name] = Register(Free(name), new OnnxScope());
    }

    private string Free(string name)
    {
        while (!_names.Add(name)) name += "_";
        return name;
    }
}
