using ResNetManaged.Graphs;
using ResNetManaged.Graphs.Operations.Shapes;
using ResNetManaged.Onnx.Constants;
using ResNetManaged.Onnx.Model;
using ResNetManaged.Tensors;

namespace ResNetManaged.Onnx.Tracing;

/// <summary>A value of an ONNX graph while it is traced: known, or a value of the graph that is being built.</summary>
/// <remarks>
/// Exporters of other layouts surround convolutions with Transpose. Here a transposed value is the same value read in another order, so that pairs of
/// them cost nothing.
/// </remarks>
internal sealed class OnnxValue
{
    private readonly Value? _symbol;
    private readonly int[] _order;

    /// <summary>Creates a known value.</summary>
    public OnnxValue(string name, Constant constant)
    {
        (Name, Constant, Type, Shape) = (name, constant, constant.Type, constant.Shape);
        _order = [];
    }

    /// <summary>Creates a value that is computed.</summary>
    /// <param name="name">Its name in the file.</param>
    /// <param name="symbol">The value of the graph that is being built.</param>
    /// <param name="type">The type that the file gives it; it is computed in float32.</param>
    /// <param name="order">The dimension of the symbol that each of its dimensions is; null if they are the same.</param>
    public OnnxValue(string name, Value symbol, OnnxType type = OnnxType.Float32, int[]? order = null)
    {
        (Name, Type, _symbol) = (name, type, symbol);
        _order = order ?? Identity(symbol.Shape.Rank);
        Shape = Shape.Create(Array.ConvertAll(_order, dimension => symbol.Shape[dimension]));
    }

    public string Name { get; }

    /// <summary>The elements, if they are known.</summary>
    public Constant? Constant { get; }

    public OnnxType Type { get; }

    /// <summary>The shape as the file sees it.</summary>
    public Shape Shape { get; }

    /// <summary>The value in the graph that is being built, whose dimensions may be in another order.</summary>
    public Value Symbol => _symbol ?? throw new InvalidOperationException($"{Name} is known.");

    /// <summary>The dimension of the symbol that each dimension is.</summary>
    public IReadOnlyList<int> Order => _order;

    /// <summary>Whether the symbol's dimensions are in the file's order.</summary>
    public bool IsInOrder => _order.AsSpan().SequenceEqual(Identity(_order.Length));

    /// <summary>The symbol with its dimensions in the file's order; transposes it if they are not.</summary>
    public Value Ordered => IsInOrder ? Symbol : Symbol.Apply(new TransposeOperation(_order));

    /// <summary>The same value with dimension i being this one's dimension order[i].</summary>
    public OnnxValue Transpose(string name, int[] order) => new(name, Symbol, Type, Array.ConvertAll(order, dimension => _order[dimension]));

    /// <summary>A value that is computed from this one's symbol, element by element or over its dimension 1, and so has the same order.</summary>
    public OnnxValue With(string name, Value symbol, OnnxType? type = null) => new(name, symbol, type ?? Type, _order);

    /// <summary>The same value under another name.</summary>
    public OnnxValue Named(string name) => Constant is { } constant ? new OnnxValue(name, constant) : With(name, Symbol);

    private static int[] Identity(int rank) => [.. Enumerable.Range(0, rank)];
}
