namespace ResNetManaged.Preprocessing.Augmentations;

/// <summary>The random changes between a decoded image and the network's input, in the order in which they happen.</summary>
/// <remarks>
/// Crop to the input's size, change pixels, normalise as the preset says, change the input. Immutable and safe to use from many threads; variations are made
/// by <c>with</c>. What it prints names all settings.
/// </remarks>
public sealed record TrainingAugmentation
{
    /// <summary>Nothing random: images are resized, cropped and normalised as for evaluation.</summary>
    public static TrainingAugmentation None { get; } = new();

    /// <summary>For CIFAR: 4 pixels of padding, a random crop of the old size, a random flip (He et al. 2015, section 4.2).</summary>
    public static TrainingAugmentation Cifar10 { get; } = new() { Pixels = [new PadAndCrop(4), new HorizontalFlip()] };

    /// <summary>For photographs: a random window, resized to the network's input, and a random flip (torchvision's reference).</summary>
    public static TrainingAugmentation ImageNet { get; } = new() { Crop = new RandomResizedCrop(), Pixels = [new HorizontalFlip()] };

    /// <summary>How the input's window is cut out of the image; null, the default, for the preset's resize and centre crop.</summary>
    public RandomResizedCrop? Crop { get; init; }

    /// <summary>Changes of the 8-bit pixels, in order; none by default.</summary>
    public IReadOnlyList<IImageAugmentation> Pixels { get; init; } = [];

    /// <summary>Changes of the normalised input, in order; none by default.</summary>
    public IReadOnlyList<IInputAugmentation> Inputs { get; init; } = [];

    /// <summary>The steps: <c>PadAndCrop(padding=4, Zeros), HorizontalFlip(p=0.5)</c>.</summary>
    public override string ToString()
    {
        IEnumerable<object> crop = Crop is null ? [] : [Crop];
        return string.Join(", ", crop.Concat(Pixels).Concat(Inputs));
    }
}
