using ResNetManaged.Imaging;

namespace ResNetManaged.Corpus.Inputs;

/// <summary>Where the pictures of a shard are.</summary>
internal abstract class ShardInput
{
    /// <summary>The number of pictures; null if the plan did not count them.</summary>
    public abstract long? Count { get; }

    /// <summary>Files that belong to no picture, counted while the pictures are read.</summary>
    public virtual long Others => 0;

    /// <summary>The pictures, one at a time.</summary>
    /// <exception cref="ShardException">The input is missing, damaged, or not as planned.</exception>
    public abstract IEnumerable<CorpusItem> Read(ImageFileOptions reading);

    /// <summary>What users call a picture.</summary>
    public virtual string FullName(string name) => name;
}
