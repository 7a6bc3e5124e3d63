using ResNetManaged.Models;
using ResNetManaged.Preprocessing;
using ResNetManaged.Preprocessing.Augmentations;
using ResNetManaged.Training;
using ResNetManaged.Training.Optimizers;

namespace ResNetManaged.FineTuning;

/// <summary>The settings for training a part of a network on other images.</summary>
internal static class FineTuningRecipe
{
    private const double FactorPerStage = 1.0 / 3; // rounds the 1 / 2.6 of arXiv:1801.06146
    private const double SmallestWindow = 0.35; // of a picture's area; training from scratch uses 0.08, which needs many pictures

    /// <summary>The settings for a part.</summary>
    /// <param name="model">The network.</param>
    /// <param name="part">The part that learns.</param>
    /// <param name="images">The number of training images; with fewer than a batch usually takes, a batch is all of them.</param>
    /// <returns>The settings; they name no file.</returns>
    public static TrainerOptions For(ImageNetwork model, TrainedPart part, int images)
    {
        TrainerOptions recipe = part == TrainedPart.HeadOnly ? ForHead() : ForStages(model);
        return recipe with { BatchSize = Math.Min(recipe.BatchSize, images) };
    }

    /// <summary>For a head that learns from precomputed features: about a second for a thousand images.</summary>
    private static TrainerOptions ForHead() => new()
    {
        Epochs = 100,
        BatchSize = 64,
        Schedule = LearningRateShape.Cosine,
        LearningRate = 1e-3,
        WeightDecay = 0.01,
        Optimizer = groups => new AdamW(groups),
    };

    private static TrainerOptions ForStages(ImageNetwork model) => new()
    {
        Augmentation = model.UsualPreset == ImagePreset.Cifar10
            ? TrainingAugmentation.Cifar10
            : new TrainingAugmentation
            {
                Crop = new RandomResizedCrop(scale: (SmallestWindow, 1)),
                Pixels = TrainingAugmentation.ImageNet.Pixels,
            },
        Epochs = 10,
        BatchSize = 32,
        Schedule = LearningRateShape.OneCycle,
        LearningRate = 0.01,
        WeightDecay = 1e-4,
        LearningRateFactor = FineTuner.LearningRateFactors(model, FactorPerStage),
    };
}
