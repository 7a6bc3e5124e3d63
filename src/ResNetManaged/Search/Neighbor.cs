namespace ResNetManaged.Search;

/// <summary>A vector of an index that is near a query.</summary>
public readonly struct Neighbor
{
    /// <summary>Creates a neighbor.</summary>
    /// <param name="index">The vector's row in the index.</param>
    /// <param name="similarity">The cosine of the angle between the vector and the query, -1 to 1.</param>
    public Neighbor(int index, float similarity) => (Index, Similarity) = (index, similarity);

    /// <summary>The vector's row in the index.</summary>
    public int Index { get; }

    /// <summary>The cosine of the angle between the vector and the query, -1 to 1.</summary>
    public float Similarity { get; }
}
