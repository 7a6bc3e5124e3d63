using System.Collections.Immutable;

namespace ResNetManaged.Models;

/// <summary>One number for each stage, compared by value.</summary>
internal readonly struct PerStage(ImmutableArray<int> numbers) : IEquatable<PerStage>
{
    public ImmutableArray<int> Numbers { get; } = numbers;

    public bool Equals(PerStage other) => Numbers.AsSpan().SequenceEqual(other.Numbers.AsSpan());

    public override bool Equals(object? obj) => obj is PerStage other && Equals(other);

    public override int GetHashCode()
    {
        HashCode hash = default;
        foreach (int number in Numbers.AsSpan()) hash.Add(number);
        return hash.ToHashCode();
    }
}
