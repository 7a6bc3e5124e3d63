using System.Globalization;
using ResNetManaged.Preprocessing;
using ResNetManaged.Preprocessing.Augmentations;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;

namespace ResNetManaged.Datasets;

/// <summary>Images, augmented and preprocessed.</summary>
internal sealed class ImageSamples(ImageDataset images, ImagePreset preset, TrainingAugmentation augmentation) : SampleSource
{
    public override string Name => images.Name;

    public override int Count => images.Count;

    public override IReadOnlyList<string> ClassNames => images.ClassNames;

    public override Shape InputShape => [RgbImage.Channels, preset.Crop.Height, preset.Crop.Width];

    internal override string Settings => string.Create(CultureInfo.InvariantCulture,
        $"[{augmentation}] resize {preset.Resize}, mean {Text(preset.Mean)}, std {Text(preset.Std)}{Others(preset)}");

    public override int LabelOf(int index) => images.LabelOf(index);

    public override string NameOf(int index) => images.NameOf(index);

    public override void Load(int index, PhiloxGenerator random, Span<float> destination)
    {
        RgbImage image = images.Load(index);
        RgbImage input = augmentation.Crop is { } crop ? crop.Apply(image, preset.Crop, random) : preset.ResizeAndCrop(image);
        foreach (IImageAugmentation change in augmentation.Pixels) change.Apply(input, random);
        Normalize.ToPlanes(input.Pixels, preset.Mean, preset.Std, destination);
        foreach (IInputAugmentation change in augmentation.Inputs) change.Apply(destination, preset.Crop, random);
    }

    /// <summary>The settings that most presets leave at their defaults.</summary>
    private static string Others(ImagePreset preset) => (preset.Interpolation, preset.CropMode) == (Interpolation.Bilinear, CropMode.Center)
        ? "" : $", {preset.Interpolation} {preset.CropMode}";

    private static string Text(RgbValues values) => string.Create(CultureInfo.InvariantCulture, $"{values.Red} {values.Green} {values.Blue}");
}
