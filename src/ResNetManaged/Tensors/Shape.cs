using System.Collections;
using System.Globalization;
using System.Runtime.CompilerServices;

namespace ResNetManaged.Tensors;

/// <summary>The sizes of a tensor's dimensions, outermost first: <c>[N, C, H, W]</c> for a batch of images.</summary>
/// <remarks>
/// Immutable. A collection expression converts to a shape: <c>Tensor.Zeros([1, 3, 224, 224])</c>.
/// Every size is at least 0, and the number of elements is at most <see cref="Array.MaxLength"/>.
/// The empty shape <c>[]</c> is a scalar, with one element.
/// </remarks>
[CollectionBuilder(typeof(Shape), nameof(Create))]
public readonly struct Shape : IEquatable<Shape>, IReadOnlyList<int>
{
    private readonly int[]? _dimensions;
    private readonly int _elementCountMinusOne; // so that default(Shape), the scalar, has one element

    private Shape(int[] dimensions, int elementCount)
    {
        _dimensions = dimensions;
        _elementCountMinusOne = elementCount - 1;
    }

    /// <summary>Creates a shape from dimension sizes, outermost first.</summary>
    /// <param name="dimensions">The sizes, each at least 0; copied.</param>
    /// <returns>The shape.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A size is negative, or there are more elements than an array can hold.</exception>
    public static Shape Create(params ReadOnlySpan<int> dimensions)
    {
        if (dimensions.ContainsAnyInRange(int.MinValue, -1))
            throw new ArgumentOutOfRangeException(nameof(dimensions), $"Shape {Format(dimensions)} has a negative size; expected 0 or more.");
        if (CountElements(dimensions) is not int count)
        {
            throw new ArgumentOutOfRangeException(nameof(dimensions),
                $"Shape {Format(dimensions)} has more elements than the largest array; expected at most {Array.MaxLength}.");
        }
        return new Shape(dimensions.ToArray(), count);
    }

    /// <summary>The product of sizes that are not negative; null if it is more than an array can hold.</summary>
    internal static int? CountElements(ReadOnlySpan<int> dimensions)
    {
        if (dimensions.Contains(0)) return 0;
        long count = 1;
        foreach (int size in dimensions)
        {
            count *= size;
            if (count > Array.MaxLength) return null;
        }
        return (int)count;
    }

    /// <summary>The number of dimensions; 0 for a scalar.</summary>
    public int Rank => _dimensions?.Length ?? 0;

    /// <summary>The product of the sizes; 1 for a scalar.</summary>
    public int ElementCount => _elementCountMinusOne + 1;

    /// <summary>The sizes, outermost first.</summary>
    public ReadOnlySpan<int> Dimensions => _dimensions;

    /// <summary>The size of a dimension; <c>shape[^1]</c> is the innermost.</summary>
    public int this[int index] => Dimensions[index];

    int IReadOnlyCollection<int>.Count => Rank;

    /// <summary>Returns this shape with the size of one dimension replaced.</summary>
    /// <param name="dimension">The dimension; 0 is the outermost.</param>
    /// <param name="size">Its new size.</param>
    /// <returns>The new shape.</returns>
    /// <exception cref="IndexOutOfRangeException">The dimension is out of range.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The size is negative, or there are more elements than an array can hold.</exception>
    public Shape With(int dimension, int size)
    {
        int[] dimensions = Dimensions.ToArray();
        dimensions[dimension] = size;
        return Create(dimensions);
    }

    /// <summary>The same as <see cref="Rank"/>; <c>shape[^1]</c> needs it.</summary>
    public int Length => Rank;

    /// <summary>True if rank and sizes are equal.</summary>
    public bool Equals(Shape other) => Dimensions.SequenceEqual(other.Dimensions);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Shape other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        HashCode hash = default;
        foreach (int size in Dimensions) hash.Add(size);
        return hash.ToHashCode();
    }

    /// <summary>True if rank and sizes are equal.</summary>
    public static bool operator ==(Shape left, Shape right) => left.Equals(right);

    /// <summary>True if the rank or a size differs.</summary>
    public static bool operator !=(Shape left, Shape right) => !left.Equals(right);

    /// <summary>The sizes in brackets: <c>[10, 3, 224, 224]</c>.</summary>
    public override string ToString() => Format(Dimensions);

    /// <inheritdoc/>
    public IEnumerator<int> GetEnumerator() => ((IEnumerable<int>)(_dimensions ?? [])).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static string Format(ReadOnlySpan<int> dimensions)
    {
        string[] sizes = new string[dimensions.Length];
        for (int i = 0; i < sizes.Length; i++) sizes[i] = dimensions[i].ToString(CultureInfo.InvariantCulture);
        return "[" + string.Join(", ", sizes) + "]";
    }
}
