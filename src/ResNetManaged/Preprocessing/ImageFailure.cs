namespace ResNetManaged.Preprocessing;

/// <summary>Why an image cannot be read.</summary>
public enum ImageFailure
{
    /// <summary>The file is damaged or cut short, or uses what is not supported; or the image says no more about it.</summary>
    Damaged,

    /// <summary>The file itself cannot be opened or read.</summary>
    Unreadable,

    /// <summary>The content is of no known format.</summary>
    UnknownFormat,

    /// <summary>The header says more pixels than are decoded.</summary>
    TooLarge,
}
