using ResNetManaged.Graphs.Operations;
using ResNetManaged.Graphs.Operations.Shapes;
using ResNetManaged.Tensors;

namespace ResNetManaged.Graphs;

/// <summary>A tensor that will exist once the graph runs; until then it only has a shape.</summary>
public sealed class Value
{
    internal Value(Graph graph, Shape shape, Node? producer)
    {
        Graph = graph;
        Shape = shape;
        Producer = producer;
    }

    /// <summary>The graph this value belongs to.</summary>
    internal Graph Graph { get; }

    /// <summary>The shape of the tensor.</summary>
    public Shape Shape { get; }

    /// <summary>The node that computes the value; null for the graph's input.</summary>
    internal Node? Producer { get; }

    /// <summary>The elementwise sum of two values of one shape: where a shortcut joins its residual branch.</summary>
    /// <param name="left">One summand.</param>
    /// <param name="right">The other, of the same shape and graph.</param>
    /// <returns>The sum.</returns>
    /// <exception cref="ShapeMismatchException">The shapes differ.</exception>
    /// <exception cref="ArgumentException">The values belong to different graphs.</exception>
    public static Value operator +(Value left, Value right)
    {
        ArgumentNullException.ThrowIfNull(left);
        return left.Graph.Add(AddOperation.Instance, left, right);
    }

    /// <summary>
    /// The elementwise product of two values of one shape, or of <c>[N, C, H, W]</c> and <c>[N, C, 1, 1]</c> in either order, which scales each plane by
    /// one number.
    /// </summary>
    /// <param name="left">One factor.</param>
    /// <param name="right">The other, of the same graph.</param>
    /// <returns>The product, in the shape of the larger factor.</returns>
    /// <exception cref="ShapeMismatchException">The shapes are neither equal nor <c>[N, C, H, W]</c> and <c>[N, C, 1, 1]</c>.</exception>
    /// <exception cref="ArgumentException">The values belong to different graphs.</exception>
    public static Value operator *(Value left, Value right)
    {
        ArgumentNullException.ThrowIfNull(left);
        ArgumentNullException.ThrowIfNull(right);
        if (MulOperation.ScalesPlanes(right.Shape, left.Shape)) (left, right) = (right, left); // multiplication commutes, even in floating point
        return left.Graph.Add(MulOperation.Instance, left, right);
    }

    /// <summary>Concatenates values along their channels, dimension 1 (<c>torch.cat(values, dim=1)</c>).</summary>
    /// <param name="values">At least one value, <c>[N, C, ...]</c>; all dimensions but 1 are equal.</param>
    /// <returns>The concatenation, with the channels of all values in order.</returns>
    /// <exception cref="ShapeMismatchException">A shape has no dimension 1, or another dimension differs.</exception>
    /// <exception cref="ArgumentException">The list is empty, or the values belong to different graphs.</exception>
    public static Value Concat(params Value[] values)
    {
        ArgumentNullException.ThrowIfNull(values);
        if (values.Length == 0) throw new ArgumentException("Concat: got no values; expected at least one.", nameof(values));
        ArgumentNullException.ThrowIfNull(values[0], nameof(values));
        return values[0].Graph.Add(ConcatOperation.Instance, [.. values]);
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
