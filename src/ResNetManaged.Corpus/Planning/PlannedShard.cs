namespace ResNetManaged.Corpus.Planning;

/// <summary>A shard of a plan: a tar file, or consecutive lines of the list.</summary>
/// <param name="Tar">The tar file; null for lines of the list.</param>
/// <param name="Bytes">The tar file's size.</param>
/// <param name="Offset">Where the first line starts.</param>
/// <param name="Count">The number of pictures; null for a tar file that was not counted.</param>
internal readonly record struct PlannedShard(string? Tar, long Bytes, long Offset, long? Count);
