using System.Diagnostics;
using ResNetManaged.Graphs;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Plans.Diagnostics;
using ResNetManaged.Plans.Quantization;
using ResNetManaged.Tensors;

namespace ResNetManaged.Plans;

/// <summary>A network compiled to run fast: a snapshot of its weights, packed once, and a plan for each input shape it has seen.</summary>
/// <remarks>
/// Safe to use from many threads at once; nothing needs disposing. Later changes to the module do not affect shapes already seen; a new shape then
/// requires compiling the module again.
/// </remarks>
public sealed class CompiledModel
{
    private const int MostPlans = 16; // each keeps workspaces; the least recently used plan is dropped

    private readonly Func<Shape, Graph> _trace;
    private readonly ISourceState _source;
    private readonly NetworkQuantization? _quantization;
    private readonly WeightStore _weights;
    private readonly SimdPath _simd;
    private volatile InferencePlan[] _plans = []; // most recently used first
    private readonly object _compiling = new();

    /// <summary>Compiles nothing yet: plans are compiled when a shape is first seen, or by <see cref="Warmup"/>.</summary>
    internal CompiledModel(Func<Shape, Graph> trace, ExecutionOptions options, ISourceState source, NetworkQuantization? quantization = null)
    {
        _quantization = quantization;
        _trace = trace;
        _source = source;
        Options = options;
        _simd = SimdDispatch.Resolve(options.Simd);
        _weights = new WeightStore(options.Threads);
    }

    /// <summary>Threads, vector width and precision.</summary>
    internal ExecutionOptions Options { get; }

    /// <summary>Bytes of packed weights.</summary>
    public long WeightBytes
    {
        get { lock (_compiling) return _weights.Bytes; }
    }

    /// <summary>Computes the output for one input.</summary>
    /// <param name="input">The input, of a shape that the module documents.</param>
    /// <returns>The output, in its own memory.</returns>
    /// <exception cref="ShapeMismatchException">The shape does not fit; the message names the module path.</exception>
    public Tensor Run(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return PlanFor(input.Shape).Run(input);
    }

    /// <summary>Computes the output for one input; allocates nothing once the shape has been seen.</summary>
    /// <param name="input">The input's elements, row-major.</param>
    /// <param name="inputShape">The input's shape.</param>
    /// <param name="output">Receives the output's elements, row-major.</param>
    /// <exception cref="ShapeMismatchException">The shape does not fit, or a length differs from its shape's.</exception>
    public void Run(ReadOnlySpan<float> input, Shape inputShape, Span<float> output) => PlanFor(inputShape).Run(input, output);

    /// <summary>Compiles for a shape and runs once, so that the next call is as fast as later ones.</summary>
    /// <param name="inputShape">The shape of future inputs.</param>
    /// <returns>The model itself.</returns>
    /// <exception cref="ShapeMismatchException">The shape does not fit; the message names the module path.</exception>
    public CompiledModel Warmup(Shape inputShape)
    {
        PlanFor(inputShape).Run(Tensor.Zeros(inputShape));
        return this;
    }

    /// <summary>The plan for a shape, compiled now if the shape is new.</summary>
    /// <param name="inputShape">The shape of the input.</param>
    /// <returns>The plan.</returns>
    /// <exception cref="ShapeMismatchException">The shape does not fit; the message names the module path.</exception>
    /// <exception cref="InvalidOperationException">The shape is new, and the module has changed since it was compiled.</exception>
    public InferencePlan PlanFor(Shape inputShape)
    {
        InferencePlan[] plans = _plans;
        return plans.Length > 0 && plans[0].InputShape == inputShape ? plans[0] : FindOrCompile(inputShape);
    }

    /// <summary>Separate from <see cref="PlanFor"/>, because a method with a closure allocates it on entry.</summary>
    private InferencePlan FindOrCompile(Shape inputShape)
    {
        lock (_compiling)
        {
            InferencePlan[] plans = _plans;
            InferencePlan plan = Array.Find(plans, known => known.InputShape == inputShape) ?? CompileFor(inputShape);
            _plans = [plan, .. plans.Where(known => known != plan).Take(MostPlans - 1)];
            return plan;
        }
    }

    private InferencePlan CompileFor(Shape inputShape)
    {
        if (_source.HasChanged)
        {
            throw new InvalidOperationException(
                $"CompiledModel: shape {inputShape} is new, and the module's parameters or mode have changed since Compile(); compile it again.");
        }
        long start = Stopwatch.GetTimestamp();
        InferencePlan plan = new(inputShape, _trace, _simd, Options, _weights, _quantization);
        InferenceEventSource log = InferenceEventSource.Log;
        if (log.IsEnabled())
            log.PlanCompiled(inputShape.ToString(), plan.Program.Steps.Length, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        InferenceMeter.Publish();
        return plan;
    }
}
