using ResNetManaged.Models;
using ResNetManaged.Preprocessing.Augmentations;

namespace ResNetManaged.Training;

/// <summary>Settings that are known to work together.</summary>
public sealed class TrainingRecipe
{
    private TrainingRecipe(string name, string description, TrainerOptions options) => (Name, Description, Options) = (name, description, options);

    /// <summary>Small images, such as CIFAR-10's, in about half an hour: one-cycle to 0.3 over 40 epochs.</summary>
    public static TrainingRecipe Cifar10 { get; } = new("cifar10", "small images: 40 epochs, one-cycle to 0.3", new TrainerOptions
    {
        Augmentation = TrainingAugmentation.Cifar10,
        Epochs = 40,
        BatchSize = 128,
        LearningRate = 0.3,
        WeightDecay = 5e-4,
        LabelSmoothing = 0.05,
    });

    /// <summary>As <see cref="Cifar10"/>, but for 120 epochs and with averaged weights.</summary>
    public static TrainingRecipe Cifar10Long { get; } = new("cifar10-long", "small images: 120 epochs, averaged weights",
        Cifar10.Options with { Epochs = 120, MovingAverage = 0.999 });

    /// <summary>Photographs: torchvision's reference (0.1 for 256 images, weight decay 1e-4, random windows) with a cosine and smaller batches.</summary>
    public static TrainingRecipe ImageNetStyle { get; } = new("imagenet-style", "photographs: 90 epochs, warm-up and cosine to 0", new TrainerOptions
    {
        Augmentation = TrainingAugmentation.ImageNet,
        Epochs = 90,
        BatchSize = 32,
        Schedule = LearningRateShape.Cosine,
        LearningRate = 0.0125,
        WarmUpEpochs = 5,
        WeightDecay = 1e-4,
        LabelSmoothing = 0.1,
    });

    /// <summary>All recipes.</summary>
    internal static IReadOnlyList<TrainingRecipe> All { get; } = [Cifar10, Cifar10Long, ImageNetStyle];

    /// <summary>Its name on the command line.</summary>
    internal string Name { get; }

    /// <summary>Its purpose, in one line.</summary>
    internal string Description { get; }

    /// <summary>The settings; change some with <c>with</c>.</summary>
    public TrainerOptions Options { get; }

    /// <summary>The recipe for networks of a kind: <see cref="Cifar10"/> for those with CIFAR's stem, <see cref="ImageNetStyle"/> for all others.</summary>
    internal static TrainingRecipe For(ResNetConfig config) => config.Stem == StemKind.Cifar ? Cifar10 : ImageNetStyle;
}
