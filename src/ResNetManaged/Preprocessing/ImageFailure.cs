namespace ResNetManaged.Preprocessing;

/// <summary>Why an image cannot be read.</summary>
public enum ImageFailure
{
    /// <summary>The file is damaged or truncated, or uses an unsupported feature of its format.</summary>
    Damaged,

    /// <summary>The file itself cannot be opened or read.</summary>
    Unreadable,

    /// <summary>The content has no known format.</summary>
    UnknownFormat,

    /// <summary>The header claims more pixels than the limit allows.</summary>
    TooLarge,
}
