using ResNetManaged.Pretrained.Storage;

namespace ResNetManaged.Pretrained.Transfer;

/// <summary>A file on a server.</summary>
/// <param name="Address">Its address.</param>
/// <param name="Name">Its name, also on disk.</param>
/// <param name="Hashes">What is known about its content.</param>
/// <param name="MostBytes">The length to accept.</param>
internal sealed record RemoteFile(Uri Address, string Name, ExpectedHashes Hashes, long MostBytes)
{
    /// <summary>Its length; null if unknown.</summary>
    public long? Bytes { get; init; }

    /// <summary>Whether a file of this name is accepted if nothing is known about its content.</summary>
    public bool TrustExisting { get; init; }
}
