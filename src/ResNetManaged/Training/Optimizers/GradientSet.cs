using System.Numerics.Tensors;
using ResNetManaged.Kernels.Memory;
using ResNetManaged.Kernels.Reference;
using ResNetManaged.Plans.Execution;
using ResNetManaged.Tensors;

namespace ResNetManaged.Training.Optimizers;

/// <summary>The gradients of several parameters, in memory that is allocated once.</summary>
/// <remarks>
/// A <see cref="TrainingPlan"/> writes or adds to them; an <see cref="Optimizer"/> only reads them. Each gradient starts at a cache line, and all start at 0.
/// Norms are summed in double, in the parameters' order.
/// </remarks>
public sealed class GradientSet : IGradientMemory
{
    private const double ClipEps = 1e-6; // torch.nn.utils.clip_grad_norm_

    private readonly Dictionary<Parameter, int> _starts = [];
    private readonly PinnedArray _memory;

    /// <summary>Allocates the gradients.</summary>
    /// <param name="parameters">The parameters, each once; those that require no gradient are left out.</param>
    /// <exception cref="ArgumentException">A parameter occurs twice.</exception>
    /// <exception cref="OverflowException">There are more elements than one array holds, about two billion.</exception>
    internal GradientSet(IEnumerable<Parameter> parameters)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        Parameters = [.. parameters.Where(parameter => parameter.RequiresGrad)];
        int length = 0;
        foreach (Parameter parameter in Parameters)
        {
            if (!_starts.TryAdd(parameter, length))
                throw new ArgumentException($"GradientSet: a parameter of shape {parameter.Shape} occurs twice.", nameof(parameters));
            length = checked(length + Sizes.RoundUp(parameter.Shape.ElementCount, CacheLine.Floats));
        }
        _memory = new PinnedArray(length);
        _memory.Span.Clear();
    }

    /// <summary>The parameters that have a gradient here, in the order given.</summary>
    internal IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>The gradient of a parameter: as many elements as it has, writable.</summary>
    /// <param name="parameter">A parameter that required a gradient when the plan was made.</param>
    /// <exception cref="ArgumentException">The parameter has no gradient here.</exception>
    public Span<float> this[Parameter parameter]
    {
        get
        {
            ArgumentNullException.ThrowIfNull(parameter);
            if (!_starts.TryGetValue(parameter, out int start))
                throw new ArgumentException($"GradientSet: a parameter of shape {parameter.Shape} has no gradient here.", nameof(parameter));
            return _memory.Span.Slice(start, parameter.Shape.ElementCount);
        }
    }

    unsafe float* IGradientMemory.PointerTo(Parameter? parameter) =>
        parameter is not null && _starts.TryGetValue(parameter, out int start) ? _memory.Pointer + start : null;

    /// <summary>All gradients one after the other, with gaps up to the next cache line.</summary>
    internal Span<float> Memory => _memory.Span;

    /// <summary>Whether a parameter has a gradient here.</summary>
    /// <param name="parameter">Any parameter.</param>
    internal bool Contains(Parameter parameter) => _starts.ContainsKey(parameter);

    /// <summary>Sets every gradient to 0 (<c>optimizer.zero_grad</c>).</summary>
    internal void Clear() => _memory.Span.Clear();

    /// <summary>Multiplies every gradient by a factor, such as 1 / k after adding up k batches.</summary>
    /// <param name="factor">The factor.</param>
    public void Scale(double factor)
    {
        foreach (Parameter parameter in Parameters) TensorPrimitives.Multiply(this[parameter], (float)factor, this[parameter]);
    }

    /// <summary>Computes the Euclidean norm of all gradients taken as one vector.</summary>
    /// <returns>The norm; not finite if an element is not.</returns>
    public double Norm()
    {
        double squares = 0;
        foreach (Parameter parameter in Parameters) squares += PlaneSum.OfSquaredDeviations(this[parameter], 0);
        return Math.Sqrt(squares);
    }

    /// <summary>Scales all gradients down together so that their norm is at most a maximum (<c>clip_grad_norm_</c>).</summary>
    /// <remarks>
    /// As in PyTorch, the factor is min(1, maximum / (norm + 1e-6)). If the norm is NaN, all gradients become NaN; if it is infinite, infinite elements become
    /// NaN and the others 0. Check the returned norm.
    /// </remarks>
    /// <param name="maximum">The largest norm, positive.</param>
    /// <returns>The norm before clipping.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maximum"/> is not a positive number.</exception>
    public double ClipNorm(double maximum)
    {
        CheckLimit(maximum, nameof(maximum));
        double norm = Norm(), factor = Math.Min(1, maximum / (norm + ClipEps));
        if (factor != 1) Scale(factor); // also if it is NaN
        return norm;
    }

    /// <summary>Limits each element of all gradients to [-limit, limit] (<c>clip_grad_value_</c>). NaN stays NaN.</summary>
    /// <param name="limit">The largest magnitude, positive.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="limit"/> is not a positive number.</exception>
    internal void ClipValue(double limit)
    {
        CheckLimit(limit, nameof(limit));
        foreach (Parameter parameter in Parameters) TensorPrimitives.Clamp(this[parameter], (float)-limit, (float)limit, this[parameter]);
    }

    private static void CheckLimit(double limit, string name)
    {
        if (!(limit > 0)) throw new ArgumentOutOfRangeException(name, limit, "GradientSet: the limit must be a positive number.");
    }
}
