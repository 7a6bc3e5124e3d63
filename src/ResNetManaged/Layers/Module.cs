using ResNetManaged.Graphs;
using ResNetManaged.Layers.State;
using ResNetManaged.Plans;
using ResNetManaged.Plans.Quantization;
using ResNetManaged.Tensors;

namespace ResNetManaged.Layers;

/// <summary>A part of a network: named parameters, buffers and child modules, and the computation on its input.</summary>
/// <remarks>
/// A subclass registers what it owns in its constructor and describes its computation symbolically in <see cref="ForwardCore"/>.
/// Names are a contract with published checkpoints: <c>layer1.0.downsample.1.running_var</c>. A module starts in training mode, as in
/// PyTorch. In evaluation mode it has no mutable state and may be used from many threads at once.
/// </remarks>
public abstract partial class Module
{
    private readonly List<(string Name, Module Module)> _children = [];
    private readonly List<(string Name, Parameter Parameter)> _parameters = [];
    private readonly List<(string Name, StateTensor Buffer)> _buffers = [];
    private readonly CompilationCache _compiled = new();

    /// <summary>True in training mode, the default; false in evaluation mode.</summary>
    public bool Training { get; private set; } = true;

    /// <summary>The name that <see cref="ToString"/> and the summary show: PyTorch's class name.</summary>
    internal virtual string TypeName => GetType().Name;

    /// <summary>Whether it multiplies by its weights once for each pixel of its output.</summary>
    internal virtual bool IsConvolution => false;

    /// <summary>How inference is quantized; null if it is not.</summary>
    internal virtual NetworkQuantization? Quantization => null;

    /// <summary>Describes this module's computation symbolically; called by <see cref="Forward(Value)"/>.</summary>
    /// <param name="input">The input.</param>
    /// <returns>The output.</returns>
    protected abstract Value ForwardCore(Value input);

    /// <summary>Adds this module's computation to the graph that <paramref name="input"/> belongs to.</summary>
    /// <param name="input">The input; its shape is the subclass's to document.</param>
    /// <returns>The output.</returns>
    /// <exception cref="ShapeMismatchException">The input's shape does not fit; the message names the module path.</exception>
    public Value Forward(Value input) => Call(input, ForwardCore);

    /// <summary>Runs this module on a tensor.</summary>
    /// <remarks>
    /// In evaluation mode the fast kernels run and nothing changes: the first call of a shape and options compiles, and later ones reuse the result
    /// until a parameter changes. In training mode the reference kernels run, and batch norm uses and updates its statistics.
    /// </remarks>
    /// <param name="input">The input; its shape is the subclass's to document.</param>
    /// <param name="options">Threads, vector width and precision; null for <see cref="ExecutionOptions.Default"/>.</param>
    /// <returns>The output, in newly allocated memory.</returns>
    /// <exception cref="ShapeMismatchException">The input's shape does not fit; the message names the module path.</exception>
    public Tensor Forward(Tensor input, ExecutionOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(input);
        return Training ? ForwardReference(input, options) : _compiled.Run(this, Trace, input, options ?? ExecutionOptions.Default);
    }

    /// <summary>Runs this module on a tensor with the reference kernels: im2col and matrix products, operation by operation.</summary>
    /// <remarks>In training mode batch norm uses and updates its statistics; in evaluation mode nothing changes.</remarks>
    /// <param name="input">The input; its shape is the subclass's to document.</param>
    /// <param name="options">Threads and vector width; null for <see cref="ExecutionOptions.Default"/>.</param>
    /// <returns>The output, in newly allocated memory.</returns>
    /// <exception cref="ShapeMismatchException">The input's shape does not fit; the message names the module path.</exception>
    public Tensor ForwardReference(Tensor input, ExecutionOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(input);
        return ReferenceExecutor.Run(Trace(input.Shape), input, options ?? ExecutionOptions.Default);
    }

    /// <summary>Compiles this module with its current parameters into a model that runs fast and without allocating.</summary>
    /// <param name="options">Threads, vector width and precision; null for <see cref="ExecutionOptions.Default"/>.</param>
    /// <returns>The compiled model.</returns>
    /// <exception cref="InvalidOperationException">The module is in training mode.</exception>
    public CompiledModel Compile(ExecutionOptions? options = null) => Compile(Trace, options);

    /// <summary>The graph of this module for one input shape, in its current mode.</summary>
    /// <param name="inputShape">The shape of the input.</param>
    /// <returns>The graph.</returns>
    /// <exception cref="ShapeMismatchException">The shape does not fit; the message names the module path.</exception>
    internal Graph Trace(Shape inputShape) => Graph.Trace(inputShape, Forward);

    /// <summary>Switches this module and all below it to training mode: batch norm uses the batch's statistics and updates the running ones.</summary>
    /// <remarks>Override it to keep a part in evaluation mode, for instance frozen batch norms; <see cref="Eval"/> calls it too.</remarks>
    /// <param name="mode">True for training, the default; false for evaluation.</param>
    /// <returns>The module itself.</returns>
    public virtual Module Train(bool mode = true)
    {
        Training = mode;
        foreach ((_, Module child) in _children) child.Train(mode);
        return this;
    }

    /// <summary>Switches this module and all below it to evaluation mode: batch norm uses the running statistics, and nothing changes.</summary>
    /// <returns>The module itself.</returns>
    public virtual Module Eval() => Train(false);

    /// <summary>Adds a child module; call it in the constructor.</summary>
    /// <typeparam name="T">The child's type.</typeparam>
    /// <param name="name">Its name, as in a state dict, without a dot.</param>
    /// <param name="module">The child.</param>
    /// <returns>The child.</returns>
    /// <exception cref="ArgumentException">The name is taken, empty or has a dot.</exception>
    protected T Register<T>(string name, T module) where T : Module
    {
        ArgumentNullException.ThrowIfNull(module);
        CheckName(name);
        _children.Add((name, module));
        return module;
    }

    /// <summary>Adds a parameter; call it in the constructor.</summary>
    /// <param name="name">Its name, as in a state dict, without a dot.</param>
    /// <param name="parameter">The parameter.</param>
    /// <returns>The parameter.</returns>
    /// <exception cref="ArgumentException">The name is taken, empty or has a dot.</exception>
    protected Parameter Register(string name, Parameter parameter)
    {
        ArgumentNullException.ThrowIfNull(parameter);
        CheckName(name);
        _parameters.Add((name, parameter));
        return parameter;
    }

    /// <summary>Adds a buffer: state that is saved but not trained. Call it in the constructor.</summary>
    /// <param name="name">Its name, as in a state dict, without a dot.</param>
    /// <param name="buffer">The buffer.</param>
    /// <returns>The buffer.</returns>
    /// <exception cref="ArgumentException">The name is taken, empty or has a dot.</exception>
    protected StateTensor RegisterBuffer(string name, StateTensor buffer)
    {
        ArgumentNullException.ThrowIfNull(buffer);
        CheckName(name);
        _buffers.Add((name, buffer));
        return buffer;
    }

    /// <summary>Compiles a computation of this module.</summary>
    /// <param name="trace">The computation.</param>
    /// <param name="options">Threads, vector width and precision; null for the default.</param>
    /// <param name="quantized">Whether a quantized module computes on bytes; false for a computation that starts or ends in the middle.</param>
    private protected CompiledModel Compile(Func<Shape, Graph> trace, ExecutionOptions? options, bool quantized = true)
    {
        if (Training) throw new InvalidOperationException($"{TypeName}: it is in training mode; call Eval() before Compile().");
        return new CompiledModel(trace, options ?? ExecutionOptions.Default, new ModuleState(this), quantized ? Quantization : null);
    }

    /// <summary>Runs a symbolic computation of this module under this module's path in the graph.</summary>
    private protected Value Call(Value input, Func<Value, Value> computation)
    {
        ArgumentNullException.ThrowIfNull(input);
        Graph graph = input.Graph;
        graph.Enter(this, (graph.CurrentSource as Module)?.NameOf(this) ?? "");
        Value output = computation(input) ?? throw new InvalidOperationException($"{TypeName}: ForwardCore returned null; expected a value.");
        graph.Exit(output.Shape);
        return output;
    }

    /// <summary>The path from this module to one below it; null if there is none.</summary>
    private string? NameOf(Module module)
    {
        foreach ((string name, Module child) in _children)
        {
            if (ReferenceEquals(child, module)) return name;
        }
        foreach ((string name, Module child) in _children)
        {
            if (child.NameOf(module) is { } below) return $"{name}.{below}";
        }
        return null;
    }

    private void CheckName(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (name.Contains('.')) throw new ArgumentException($"{TypeName}: the name '{name}' has a dot.", nameof(name));
        bool taken = _children.Exists(child => child.Name == name) || _parameters.Exists(parameter => parameter.Name == name)
            || _buffers.Exists(buffer => buffer.Name == name);
        if (taken) throw new ArgumentException($"{TypeName}: the name '{name}' is taken.", nameof(name));
    }
}
