namespace ResNetManaged.Corpus;

/// <summary>What <see cref="CorpusVerifier"/> found.</summary>
/// <param name="Status">The counts of the manifests.</param>
/// <param name="Problems">The number of problems; 0 means that nothing is missing, damaged or miscounted.</param>
/// <param name="Recomputed">The number of results that were computed again and had the same bits.</param>
public sealed record CorpusVerification(CorpusStatus Status, int Problems, long Recomputed);
