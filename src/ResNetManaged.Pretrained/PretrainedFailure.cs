namespace ResNetManaged.Pretrained;

/// <summary>Why a network could not be fetched.</summary>
public enum PretrainedFailure
{
    /// <summary>The name is not a network's.</summary>
    UnknownName,

    /// <summary>The server has no such file, or no such repository.</summary>
    NotFound,

    /// <summary>The server refuses access: the repository is private or gated, or the token is wrong.</summary>
    AccessDenied,

    /// <summary>The server cannot be reached, or the connection keeps breaking.</summary>
    Network,

    /// <summary>The server answers with an error, or with something other than the file.</summary>
    Server,

    /// <summary>The server redirects too often, or to an address that is not allowed.</summary>
    Redirect,

    /// <summary>The file's hash is not the expected one.</summary>
    WrongHash,

    /// <summary>The file's size is not the expected one, or too large.</summary>
    WrongSize,

    /// <summary>The folder cannot be written, or has too little free space.</summary>
    Storage,
}
