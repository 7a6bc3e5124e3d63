namespace ResNetManaged.Tensors;

public sealed partial class Tensor
{
    /// <summary>Concatenates tensors along their outermost dimension, as <c>torch.cat</c> does: images become a batch.</summary>
    /// <param name="tensors">At least one tensor; all dimensions but the outermost must be equal.</param>
    /// <returns>A tensor with its own memory.</returns>
    /// <exception cref="ArgumentException">The list is empty.</exception>
    /// <exception cref="ShapeMismatchException">A tensor is a scalar, or an inner dimension differs.</exception>
    public static Tensor Concatenate(params IReadOnlyList<Tensor> tensors)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        if (tensors.Count == 0) throw new ArgumentException("Concatenate: got no tensors; expected at least one.", nameof(tensors));
        Shape first = tensors[0].Shape;
        int count = 0;
        foreach (Tensor tensor in tensors)
        {
            if (tensor.Rank == 0 || !tensor.Shape.Dimensions[1..].SequenceEqual(first.Dimensions[1..]))
                throw new ShapeMismatchException($"Concatenate: shapes {first} and {tensor.Shape} differ in an inner dimension.");
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
