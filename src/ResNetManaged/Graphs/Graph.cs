using ResNetManaged.Graphs.Operations;
using ResNetManaged.Tensors;

namespace ResNetManaged.Graphs;

/// <summary>A module's computation for one input shape: operations in execution order, from one input to one output.</summary>
/// <remarks>
/// Created by tracing a module's symbolic forward pass. Everything that needs a network's structure reads it: the summary, the reference executor,
/// the gradient tape and the plan compilers.
/// </remarks>
internal sealed class Graph
{
    private readonly List<Node> _nodes = [];
    private readonly List<Scope> _calls = [];
    private readonly Stack<Scope> _open = new();

    private Graph(Shape inputShape)
    {
        Input = new Value(this, inputShape, producer: null);
        Output = Input;
    }

    /// <summary>The value that the caller supplies.</summary>
    public Value Input { get; }

    /// <summary>The value that the caller receives.</summary>
    public Value Output { get; private set; }

    /// <summary>The operations, each after those whose outputs it reads.</summary>
    public IReadOnlyList<Node> Nodes => _nodes;

    /// <summary>The calls of modules, in execution order, a parent before its children.</summary>
    internal IReadOnlyList<Scope> Calls => _calls;

    /// <summary>Records the operations that <paramref name="forward"/> applies to an input of the given shape.</summary>
    /// <param name="inputShape">The shape of the input.</param>
    /// <param name="forward">The symbolic computation: from the input value to the output value.</param>
    /// <returns>The graph.</returns>
    /// <exception cref="ShapeMismatchException">An operation cannot take the shape it is given.</exception>
    /// <exception cref="ArgumentException"><paramref name="forward"/> returned no value of this graph.</exception>
    public static Graph Trace(Shape inputShape, Func<Value, Value> forward)
    {
        ArgumentNullException.ThrowIfNull(forward);
        Graph graph = new(inputShape);
        Value? output = forward(graph.Input);
        if (output?.Graph != graph)
        {
            throw new ArgumentException(
                $"Graph: the forward pass returned {(output is null ? "null" : "a value of another graph")}; expected one made from its input.",
                nameof(forward));
        }
        graph.Output = output;
        return graph;
    }

    /// <summary>One operation per line, in execution order.</summary>
    public override string ToString() => string.Join('\n', _nodes);

    /// <summary>Throws if the input's shape is not the traced one.</summary>
    internal void CheckInput(Shape shape)
    {
        if (shape != Input.Shape) throw new ShapeMismatchException($"Graph: input {shape} differs from the traced shape {Input.Shape}.");
    }

    internal Value Add(Operation operation, params Value[] inputs)
    {
        string path = _open.TryPeek(out Scope? scope) ? scope.Path : "";
        foreach (Value input in inputs)
        {
            ArgumentNullException.ThrowIfNull(input);
            if (input.Graph != this)
                throw new ArgumentException($"{operation.Name} '{path}': its inputs come from different graphs.", nameof(inputs));
        }
        Shape[] shapes = Array.ConvertAll(inputs, input => input.Shape);
        Shape output = operation.InferShape(new NodeLabel(operation.Name, path), shapes);
        Node node = new(operation, inputs, path);
        node.Output = new Value(this, output, node);
        _nodes.Add(node);
        return node.Output;
    }

    /// <summary>Opens a module's call: operations added until <see cref="Exit"/> belong to it.</summary>
    /// <param name="source">The module.</param>
    /// <param name="name">Its name within the calling module; empty for the root and for an unregistered module.</param>
    internal void Enter(object source, string name)
    {
        string parentPath = _open.TryPeek(out Scope? parent) ? parent.Path : "";
        string path = parentPath.Length == 0 || name.Length == 0 ? parentPath + name : $"{parentPath}.{name}";
        Scope scope = new(source, path, _open.Count);
        _calls.Add(scope);
        _open.Push(scope);
    }

    /// <summary>Closes the innermost open call.</summary>
    /// <param name="output">The shape of what the module returned.</param>
    internal void Exit(Shape output) => _open.Pop().OutputShape = output;

    /// <summary>The module of the innermost open call; null if no call is open.</summary>
    internal object? CurrentSource => _open.TryPeek(out Scope? scope) ? scope.Source : null;

    /// <summary>One call of one module.</summary>
    internal sealed class Scope(object source, string path, int depth)
    {
        /// <summary>The module that was called.</summary>
        public object Source { get; } = source;

        /// <summary>Its path from the traced root.</summary>
        public string Path { get; } = path;

        /// <summary>How many calls enclose this one.</summary>
        public int Depth { get; } = depth;

        /// <summary>The shape it returned.</summary>
        public Shape OutputShape { get; set; }
    }
}
