namespace ResNetManaged.Corpus;

/// <summary>How a corpus's vectors are written.</summary>
public enum VectorFormat
{
    /// <summary>An array per shard, <c>[rows, D]</c> float32, and a file of JSON lines that names the row's picture.</summary>
    Npy,

    /// <summary>JSON lines that name the picture and list the vector's elements.</summary>
    JsonLines,
}
