namespace ResNetManaged.Corpus;

/// <summary>A file of a shard.</summary>
/// <param name="Name">Its name in the folder <c>shards</c>.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Sha256">Its SHA-256 in hexadecimal, lower case.</param>
public sealed record ShardFile(string Name, long Bytes, string Sha256);
