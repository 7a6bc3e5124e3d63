using ResNetManaged.Tensors.Random;

namespace ResNetManaged.Tensors;

public sealed partial class Tensor
{
    /// <summary>Creates a tensor filled with 0.</summary>
    /// <param name="shape">Its shape.</param>
    /// <returns>The tensor.</returns>
    public static Tensor Zeros(Shape shape) => new(new float[shape.ElementCount], shape);

    /// <summary>Creates a tensor filled with 1.</summary>
    /// <param name="shape">Its shape.</param>
    /// <returns>The tensor.</returns>
    public static Tensor Ones(Shape shape) => Full(shape, 1f);

    /// <summary>Creates a tensor filled with a value.</summary>
    /// <param name="shape">Its shape.</param>
    /// <param name="value">The value of every element.</param>
    /// <returns>The tensor.</returns>
    public static Tensor Full(Shape shape, float value)
    {
        Tensor tensor = Uninitialized(shape);
        tensor.Span.Fill(value);
        return tensor;
    }

    /// <summary>Creates a tensor over an array, without a copy.</summary>
    /// <param name="data">The elements in row-major order; the tensor shares the array.</param>
    /// <param name="shape">A shape with as many elements as the array.</param>
    /// <returns>The tensor.</returns>
    /// <exception cref="ShapeMismatchException">The array's length differs from the shape's number of elements.</exception>
    public static Tensor FromArray(float[] data, Shape shape)
    {
        ArgumentNullException.ThrowIfNull(data);
        CheckLength(data.Length, shape);
        return new Tensor(data, shape);
    }

    /// <summary>Creates a tensor from a copy of a span.</summary>
    /// <param name="data">The elements in row-major order.</param>
    /// <param name="shape">A shape with as many elements as the span.</param>
    /// <returns>The tensor.</returns>
    /// <exception cref="ShapeMismatchException">The span's length differs from the shape's number of elements.</exception>
    public static Tensor FromSpan(ReadOnlySpan<float> data, Shape shape)
    {
        CheckLength(data.Length, shape);
        return new Tensor(data.ToArray(), shape);
    }

    /// <summary>Creates a tensor of uniform random numbers in [from, to), drawn as <c>torch.rand</c> draws them.</summary>
    /// <param name="shape">Its shape.</param>
    /// <param name="generator">The source of randomness; advances by one draw per element.</param>
    /// <param name="from">The inclusive lower bound.</param>
    /// <param name="to">The exclusive upper bound.</param>
    /// <returns>The tensor.</returns>
    public static Tensor Uniform(Shape shape, TorchGenerator generator, float from = 0f, float to = 1f)
    {
        ArgumentNullException.ThrowIfNull(generator);
        Tensor tensor = Uninitialized(shape);
        generator.FillUniform(tensor.Span, from, to);
        return tensor;
    }

    /// <summary>Creates a tensor of normally distributed random numbers, drawn as <c>torch.randn</c> draws them.</summary>
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

    /// <summary>Creates a tensor without clearing its memory, for results that overwrite every element.</summary>
    internal static Tensor Uninitialized(Shape shape) => new(GC.AllocateUninitializedArray<float>(shape.ElementCount), shape);

    /// <summary>Creates a tensor over a buffer of at least the shape's number of elements.</summary>
    internal static Tensor OverBuffer(float[] buffer, Shape shape) => new(buffer, shape);

    /// <summary>Creates a tensor whose elements are read on first use.</summary>
    /// <param name="shape">Its shape.</param>
    /// <param name="read">Fills the span with the elements in row-major order; must return the same ones every time, on any thread.</param>
    internal static Tensor ReadLater(Shape shape, Action<Span<float>> read) => new(new TensorStorage(shape.ElementCount, read), shape);

    private static void CheckLength(int length, Shape shape)
    {
        if (length != shape.ElementCount)
            throw new ShapeMismatchException($"Tensor: got {length} elements; shape {shape} needs {shape.ElementCount}.");
    }
}
