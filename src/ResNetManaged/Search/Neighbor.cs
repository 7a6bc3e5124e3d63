namespace ResNetManaged.Search;

/// <summary>A vector of an index that is near to another.</summary>
/// <param name="Index">Its row.</param>
/// <param name="Similarity">The cosine of the angle between both, -1 to 1.</param>
public readonly record struct Neighbor(int Index, float Similarity);

/// <summary>Two vectors of an index that are near to each other.</summary>
/// <param name="First">The row of one.</param>
/// <param name="Second">The row of the other, larger.</param>
/// <param name="Similarity">The cosine of the angle between both, -1 to 1.</param>
public readonly record struct NearPair(int First, int Second, float Similarity);
