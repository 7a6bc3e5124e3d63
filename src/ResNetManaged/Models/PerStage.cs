using System.Collections.Immutable;

namespace ResNetManaged.Models;

/// <summary>A list, such as one number for each stage, compared by value.</summary>
internal readonly struct PerStage<T>(ImmutableArray<T> values) : IEquatable<PerStage<T>>
{
    public ImmutableArray<T> Values { get; } = values;

    public bool Equals(PerStage<T> other) => Values.AsSpan().SequenceEqual(other.Values.AsSpan());

    public override bool Equals(object? obj) => obj is PerStage<T> other && Equals(other);

    public override int GetHashCode()
    {
        HashCode hash = default;
        foreach (T value in Values.AsSpan()) hash.Add(value);
        return hash.ToHashCode();
    }
}
