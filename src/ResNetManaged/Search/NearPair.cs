namespace ResNetManaged.Search;

/// <summary>Two vectors of an index that are near each other.</summary>
internal readonly struct NearPair
{
    internal NearPair(int first, int second, float similarity) => (First, Second, Similarity) = (first, second, similarity);

    /// <summary>The row of one vector.</summary>
    public int First { get; }

    /// <summary>The row of the other vector, greater than <see cref="First"/>.</summary>
    public int Second { get; }

    /// <summary>The cosine of the angle between the two, -1 to 1.</summary>
    public float Similarity { get; }
}
