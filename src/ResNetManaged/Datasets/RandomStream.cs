namespace ResNetManaged.Datasets;

/// <summary>The purpose of random numbers. Each has its own stream, so an additional draw for one does not affect the others.</summary>
internal enum RandomStream : uint
{
    Augmentation,
    Order,
    Mixup,
    Split,
}
