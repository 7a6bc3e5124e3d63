namespace ResNetManaged.Pretrained;

/// <summary>A file of a fetched network.</summary>
public sealed class PretrainedFile
{
    internal PretrainedFile(string path, long bytes, string? sha256)
    {
        Path = path;
        Bytes = bytes;
        Sha256 = sha256;
    }

    /// <summary>The file's full path.</summary>
    public string Path { get; }

    /// <summary>Its length in bytes.</summary>
    public long Bytes { get; }

    /// <summary>Its SHA-256 as 64 lowercase hexadecimal digits; null from <see cref="PretrainedNetworks.Find"/>, which does not read the file.</summary>
    public string? Sha256 { get; }
}
