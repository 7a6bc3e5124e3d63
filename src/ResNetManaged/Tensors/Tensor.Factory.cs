using ResNetManaged.Tensors.Random;

namespace ResNetManaged.Tensors;

public sealed partial class Tensor
{
    /// <summary>A tensor filled with 0.</summary>
    /// <param name="shape">Its shape.</param>
    /// <returns>The tensor.</returns>
    public static Tensor Zeros(Shape shape) => new(new float[shape.ElementCount], shape);

    /// <summary>A tensor filled with 1.</summary>
    /// <param name="shape">Its shape.</param>
    /// <returns>The tensor.</returns>
    public static Tensor Ones(Shape shape) => Full(shape, 1f);

    /// <summary>A tensor filled with one value.</summary>
    /// <param name="shape">Its shape.</param>
    /// <param name="value">The value of every element.</param>
    /// <returns>The tensor.</returns>
    public static Tensor Full(Shape shape, float value)
    {
        Tensor tensor = Uninitialized(shape);
        tensor.Span.Fill(value);
        return tensor;
    }

    /// <summary>A tensor over <paramref name="data"/> itself, without copying.</summary>
    /// <param name="data">The elements in row-major order; from now on shared with the tensor.</param>
    /// <param name="shape">A shape with as many elements as the array.</param>
    /// <returns>The tensor.</returns>
    /// <exception cref="ShapeMismatchException">The array's length is not the shape's number of elements.</exception>
    public static Tensor FromArray(float[] data, Shape shape)
    {
        ArgumentNullException.ThrowIfNull(data);
        CheckLength(data.Length, shape);
        return new Tensor(data, shape);
    }

    /// <summary>A tensor with a copy of <paramref name="data"/>.</summary>
    /// <param name="data">The elements in row-major order.</param>
    /// <param name="shape">A shape with as many elements as the span.</param>
    /// <returns>The tensor.</returns>
    /// <exception cref="ShapeMismatchException">The span's length is not the shape's number of elements.</exception>
    public static Tensor FromSpan(ReadOnlySpan<float> data, Shape shape)
    {
        CheckLength(data.Length, shape);
        return new Tensor(data.ToArray(), shape);
    }

    /// <summary>A tensor of uniform random numbers in [from, to), as <c>torch.rand</c> draws them.</summary>
    /// <param name="shape">Its shape.</param>
    /// <param name="generator">The source of randomness; it advances by one draw an element.</param>
    /// <param name="from">The lower bound, included.</param>
    /// <param name="to">The upper bound, excluded.</param>
    /// <returns>The tensor.</returns>
    public static Tensor Uniform(Shape shape, TorchGenerator generator, float from = 0f, float to = 1f)
    {
        ArgumentNullException.ThrowIfNull(generator);
        Tensor tensor = Uninitialized(shape);
        generator.FillUniform(tensor.Span, from, to);
        return tensor;
    }

    /// <summary>A tensor of normally distributed random numbers, as <c>torch.randn</c> draws them.</summary>
    /// <param name="shape">Its shape.</param>
    /// <param name="generator">The source of randomness.</param>
    /// <param name="mean">The mean.</param>
    /// <param name="standardDeviation">The standard deviation.</param>
    /// <returns>The tensor.</returns>
    public static Tensor Normal(Shape shape, TorchGenerator generator, float mean = 0f, float standardDeviation = 1f)
    {
        ArgumentNullException.ThrowIfNull(generator);
        Tensor tensor = Uninitialized(shape);
        generator.FillNormal(tensor.Span, mean, standardDeviation);
        return tensor;
    }

    /// <summary>A tensor whose elements are whatever the memory held: for results about to be written in full.</summary>
    internal static Tensor Uninitialized(Shape shape) => new(GC.AllocateUninitializedArray<float>(shape.ElementCount), shape);

    /// <summary>A tensor over a buffer that is at least as long as the shape needs.</summary>
    internal static Tensor OverBuffer(float[] buffer, Shape shape) => new(buffer, shape);

    /// <summary>A tensor whose elements are read when they are first used.</summary>
    /// <param name="shape">Its shape.</param>
    /// <param name="read">Fills the span with the elements in row-major order; the same ones each time, on any thread.</param>
    internal static Tensor ReadLater(Shape shape, Action<Span<float>> read) => new(new TensorStorage(shape.ElementCount, read), shape);

    private static void CheckLength(int length, Shape shape)
    {
        if (length != shape.ElementCount)
            throw new ShapeMismatchException($"Shape {shape} has {shape.ElementCount} elements, but {length} were given.");
    }
}
