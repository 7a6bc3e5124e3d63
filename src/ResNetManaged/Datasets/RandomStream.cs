namespace ResNetManaged.Datasets;

/// <summary>The purpose of random numbers. Each has its own stream, so that an additional draw for one changes nothing for another.</summary>
internal enum RandomStream : uint
{
    Augmentation,
    Order,
    Mixup,
    Split,
}
