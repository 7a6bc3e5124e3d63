namespace ResNetManaged.Preprocessing.Augmentations;

/// <summary>The random changes between a decoded image and the network's input, in order.</summary>
/// <remarks>
/// First <see cref="Crop"/> brings the image to the input's size, then <see cref="Pixels"/> change the pixels, the preset normalizes, and
/// <see cref="Inputs"/> change the normalized input. Immutable and thread-safe.
/// </remarks>
public sealed class TrainingAugmentation
{
    /// <summary>No random changes: images are resized, cropped and normalized as for evaluation.</summary>
    internal static TrainingAugmentation None { get; } = new();

    /// <summary>For CIFAR: 4 pixels of padding, a random crop of the original size, a random flip (He et al. 2015, section 4.2).</summary>
    public static TrainingAugmentation Cifar10 { get; } = new() { Pixels = [new PadAndCrop(4), new HorizontalFlip()] };

    /// <summary>For photographs: a random resized crop and a random flip, as in torchvision's reference training.</summary>
    public static TrainingAugmentation ImageNet { get; } = new() { Crop = new RandomResizedCrop(), Pixels = [new HorizontalFlip()] };

    /// <summary>How the image is cropped to the input's size; null, the default, for the preset's resize and center crop.</summary>
    public RandomResizedCrop? Crop { get; init; }

    /// <summary>Changes to the 8-bit pixels, in order; none by default.</summary>
    public IReadOnlyList<IImageAugmentation> Pixels { get; init; } = [];

    /// <summary>Changes to the normalized input, in order; none by default.</summary>
    public IReadOnlyList<IInputAugmentation> Inputs { get; init; } = [];

    /// <summary>All steps with their settings: <c>PadAndCrop(padding=4, Zeros), HorizontalFlip(p=0.5)</c>.</summary>
    public override string ToString()
    {
        IEnumerable<object> crop = Crop is null ? [] : [Crop];
        return string.Join(", ", crop.Concat(Pixels).Concat(Inputs));
    }
}
