using ResNetManaged.Onnx.Model;
using ResNetManaged.Tensors;

namespace ResNetManaged.Onnx.Constants;

/// <summary>A tensor whose elements are known while a graph is read: a weight, a shape, an index.</summary>
/// <remarks>
/// Weights are kept as a <see cref="Tensor"/>, which may still be in its file; everything else as float64, which holds every integer up to 2^53 and
/// every narrower floating-point number.
/// </remarks>
internal sealed class Constant
{
    private Tensor? _tensor;
    private double[]? _numbers;

    /// <summary>Creates a constant of float elements.</summary>
    public Constant(OnnxType type, Tensor tensor) => (Type, Shape, _tensor) = (type, tensor.Shape, tensor);

    /// <summary>Creates a constant of numbers, which are rounded to the type.</summary>
    public Constant(OnnxType type, Shape shape, double[] numbers)
    {
        if (numbers.Length != shape.ElementCount)
            throw new ArgumentException($"Constant: {numbers.Length} elements for shape {shape}.", nameof(numbers));
        (Type, Shape, _numbers) = (type, shape, numbers);
        if (type == OnnxType.Float64) return;
        for (int i = 0; i < numbers.Length; i++) numbers[i] = type.Round(numbers[i]);
    }

    /// <summary>Creates a constant of texts.</summary>
    public Constant(Shape shape, string[] texts) => (Type, Shape, Texts) = (OnnxType.Text, shape, texts);

    public OnnxType Type { get; }

    public Shape Shape { get; }

    /// <summary>The elements of a constant of texts.</summary>
    public IReadOnlyList<string> Texts { get; } = [];

    /// <summary>The elements in row-major order; must not be changed.</summary>
    public double[] Numbers => _numbers ??= ToNumbers((_tensor ?? throw new InvalidOperationException("Constant: it holds text.")).ReadOnlySpan);

    /// <summary>The elements as float32.</summary>
    public Tensor Tensor => _tensor ??= Tensors.Tensor.FromArray(Array.ConvertAll(_numbers!, number => (float)number), Shape);

    /// <summary>The elements as integers; those beyond 64 bits become the nearest.</summary>
    public long[] Integers => Array.ConvertAll(Numbers, number => (long)number);

    /// <summary>The only element.</summary>
    public double Scalar => Numbers[0];

    /// <summary>A vector of integers.</summary>
    public static Constant Vector(IEnumerable<long> values)
    {
        double[] numbers = [.. values];
        return new Constant(OnnxType.Int64, [numbers.Length], numbers);
    }

    /// <summary>The same elements in another shape of as many.</summary>
    public Constant Reshape(Shape shape) => _tensor is { } tensor ? new Constant(Type, tensor.Reshape(shape)) : new Constant(Type, shape, _numbers!);

    private static double[] ToNumbers(ReadOnlySpan<float> elements)
    {
        double[] numbers = new double[elements.Length];
        for (int i = 0; i < numbers.Length; i++) numbers[i] = elements[i];
        return numbers;
    }
}
