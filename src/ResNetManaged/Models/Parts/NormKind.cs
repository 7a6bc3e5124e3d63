namespace ResNetManaged.Models.Parts;

/// <summary>What normalizes after each convolution.</summary>
internal enum NormKind
{
    /// <summary>Batch norm.</summary>
    Batch,

    /// <summary>Group norm of 32 groups: Wu and He 2018, arXiv:1803.08494.</summary>
    Group,
}
