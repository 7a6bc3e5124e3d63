using ResNetManaged.Preprocessing.Augmentations;
using ResNetManaged.Training.Schedules;

namespace ResNetManaged.Training;

/// <summary>Settings that are known to work together.</summary>
/// <param name="Name">What the command line calls it.</param>
/// <param name="Description">What it is for, in a line.</param>
/// <param name="Augmentation">How images are changed at random.</param>
/// <param name="Options">The rest; variations are made by <c>with</c>.</param>
public sealed record TrainingRecipe(string Name, string Description, TrainingAugmentation Augmentation, TrainerOptions Options)
{
    /// <summary>Small images, such as CIFAR-10's, in about half an hour: one-cycle to 0.3 over 40 epochs.</summary>
    public static TrainingRecipe Cifar10 { get; } = new("cifar10", "small images: 40 epochs, one-cycle to 0.3", TrainingAugmentation.Cifar10, new TrainerOptions
    {
        Epochs = 40,
        BatchSize = 128,
        Schedule = new LearningRatePlan { Shape = LearningRateShape.OneCycle, LearningRate = 0.3 },
        WeightDecay = 5e-4,
        LabelSmoothing = 0.05,
    });

    /// <summary>The same over 120 epochs, with the weights averaged.</summary>
    public static TrainingRecipe Cifar10Long { get; } = new("cifar10-long", "small images: 120 epochs, averaged weights", TrainingAugmentation.Cifar10,
        Cifar10.Options with { Epochs = 120, MovingAverage = 0.999 });

    /// <summary>Photographs: torchvision's reference (0.1 for 256 images, weight decay 1e-4, random windows) with a cosine and less memory.</summary>
    public static TrainingRecipe ImageNetStyle { get; } = new("imagenet-style", "photographs: 90 epochs, warm-up and cosine to 0",
        TrainingAugmentation.ImageNet, new TrainerOptions
        {
            Epochs = 90,
            BatchSize = 32,
            Schedule = new LearningRatePlan { Shape = LearningRateShape.Cosine, LearningRate = 0.0125, WarmUpEpochs = 5 },
            WeightDecay = 1e-4,
            LabelSmoothing = 0.1,
        });

    /// <summary>All of them.</summary>
    public static IReadOnlyList<TrainingRecipe> All { get; } = [Cifar10, Cifar10Long, ImageNetStyle];
}
