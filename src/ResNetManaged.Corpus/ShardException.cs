namespace ResNetManaged.Corpus;

/// <summary>A shard cannot be computed because of its input, such as a damaged tar file. Other shards are not affected.</summary>
/// <remarks>The shard is set aside: its reason is kept beside the outputs until a later run succeeds.</remarks>
public sealed class ShardException : CorpusException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="shard">The shard's number.</param>
    /// <param name="reason">What is wrong, as a clause.</param>
    /// <param name="innerException">The cause; null if there is none.</param>
    public ShardException(int shard, string reason, Exception? innerException = null)
        : base($"Shard {shard}: {reason}.", innerException) => (Shard, Reason) = (shard, reason);

    /// <summary>The shard's number.</summary>
    public int Shard { get; }

    /// <summary>What is wrong, as a clause.</summary>
    public string Reason { get; }
}
