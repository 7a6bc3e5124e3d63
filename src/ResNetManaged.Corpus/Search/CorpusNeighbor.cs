namespace ResNetManaged.Corpus.Search;

/// <summary>A vector that is near a query.</summary>
/// <param name="Name">Its picture: a path, or a tar file's path and the name in it; its row if the vectors have no names.</param>
/// <param name="Similarity">The cosine of the angle between the vector and the query, -1 to 1.</param>
public sealed record CorpusNeighbor(string Name, float Similarity);
