namespace ResNetManaged.Datasets;

/// <summary>What random numbers are for; each purpose has its own, so that one more draw for one changes nothing for another.</summary>
internal enum RandomStream : uint
{
    Augmentation,
    Order,
    Mixup,
    Split,
}
