namespace ResNetManaged.Pretrained;

/// <summary>How far a download is.</summary>
public sealed class PretrainedProgress
{
    internal PretrainedProgress(string file, long bytes, long? totalBytes, string? notice = null)
    {
        File = file;
        Bytes = bytes;
        TotalBytes = totalBytes;
        Notice = notice;
    }

    /// <summary>The name of the file that is downloaded.</summary>
    public string File { get; }

    /// <summary>The bytes of it that are on disk, including those of earlier attempts.</summary>
    public long Bytes { get; }

    /// <summary>Its length in bytes; null as long as the server has not told it.</summary>
    public long? TotalBytes { get; }

    /// <summary>A sentence for the user, such as why the download is about to be tried again; null for ordinary progress.</summary>
    public string? Notice { get; }
}
