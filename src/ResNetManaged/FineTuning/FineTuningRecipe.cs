using ResNetManaged.Models;
using ResNetManaged.Preprocessing.Augmentations;
using ResNetManaged.Training;

namespace ResNetManaged.FineTuning;

/// <summary>The settings for training more than the head of a network.</summary>
internal static class FineTuningRecipe
{
    private const double FactorPerStage = 1.0 / 3; // rounds the 1 / 2.6 of arXiv:1801.06146
    private const double SmallestWindow = 0.35; // of a picture's area; training from scratch uses 0.08, which needs many pictures

    public static TrainerOptions For(ResNet model) => new()
    {
        Augmentation = model.Config.Stem == StemKind.Cifar
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
