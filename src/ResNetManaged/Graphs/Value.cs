using ResNetManaged.Graphs.Operations;
using ResNetManaged.Tensors;

namespace ResNetManaged.Graphs;

/// <summary>An edge of a <see cref="Graph"/>: a tensor that will exist once the graph runs, known now by its shape.</summary>
public sealed class Value
{
    internal Value(Graph graph, Shape shape, Node? producer)
    {
        Graph = graph;
        Shape = shape;
        Producer = producer;
    }

    /// <summary>The graph this value belongs to.</summary>
    public Graph Graph { get; }

    /// <summary>The shape of the tensor.</summary>
    public Shape Shape { get; }

    /// <summary>The node that computes the value; null for the graph's input.</summary>
    public Node? Producer { get; }

    /// <summary>The elementwise sum of two values of one shape: where a shortcut joins its residual branch.</summary>
    /// <param name="left">One summand.</param>
    /// <param name="right">The other, of the same shape and graph.</param>
    /// <returns>The sum.</returns>
    /// <exception cref="ShapeMismatchException">The shapes differ.</exception>
    /// <exception cref="ArgumentException">The values belong to different graphs.</exception>
    public static Value operator +(Value left, Value right) => Add(left, right);

    /// <summary>The elementwise sum of two values of one shape; <c>left + right</c>.</summary>
    /// <param name="left">One summand.</param>
    /// <param name="right">The other, of the same shape and graph.</param>
    /// <returns>The sum.</returns>
    /// <exception cref="ShapeMismatchException">The shapes differ.</exception>
    /// <exception cref="ArgumentException">The values belong to different graphs.</exception>
    public static Value Add(Value left, Value right)
    {
        ArgumentNullException.ThrowIfNull(left);
        return left.Graph.Add(AddOperation.Instance, left, right);
    }

    /// <summary>Joins the dimensions from <paramref name="startDim"/> to <paramref name="endDim"/> into one (<c>torch.flatten</c>).</summary>
    /// <param name="startDim">The first dimension to join; negative counts from the end.</param>
    /// <param name="endDim">The last dimension to join; negative counts from the end.</param>
    /// <returns>The same elements in another shape.</returns>
    /// <exception cref="ShapeMismatchException">The shape lacks one of the dimensions.</exception>
    public Value Flatten(int startDim = 0, int endDim = -1) => Apply(new FlattenOperation(startDim, endDim));

    /// <summary>Appends an operation on this value to the graph.</summary>
    internal Value Apply(Operation operation) => Graph.Add(operation, this);
}
