namespace ResNetManaged.Tensors;

public sealed partial class Tensor
{
    /// <summary>Joins tensors along their outermost dimension, as <c>torch.cat</c> does: images become a batch.</summary>
    /// <param name="tensors">At least one; all dimensions but the outermost are the same.</param>
    /// <returns>A tensor with memory of its own.</returns>
    /// <exception cref="ArgumentException">There is no tensor.</exception>
    /// <exception cref="ShapeMismatchException">A scalar is among them, or a dimension differs.</exception>
    public static Tensor Concatenate(params IReadOnlyList<Tensor> tensors)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        if (tensors.Count == 0) throw new ArgumentException("Concatenate: at least one tensor is needed.", nameof(tensors));
        Shape first = tensors[0].Shape;
        int count = 0;
        foreach (Tensor tensor in tensors)
        {
            if (tensor.Rank == 0 || !tensor.Shape.Dimensions[1..].SequenceEqual(first.Dimensions[1..]))
                throw new ShapeMismatchException($"Concatenate: shapes {first} and {tensor.Shape} differ in more than the outermost dimension.");
            count = checked(count + tensor.Shape[0]);
        }

        Tensor joined = Uninitialized(first.With(0, count));
        Span<float> rest = joined.Span;
        foreach (Tensor tensor in tensors)
        {
            tensor.ReadOnlySpan.CopyTo(rest);
            rest = rest[tensor.ElementCount..];
        }
        return joined;
    }
}
