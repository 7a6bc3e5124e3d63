using ResNetManaged.Datasets;
using ResNetManaged.Inference;
using ResNetManaged.Models;
using ResNetManaged.Serialization;

namespace ResNetManaged.Cifar10;

/// <summary>A small network for the ten classes of CIFAR-10, trained with this library; MODEL-CARD.md describes its training and accuracy.</summary>
public static class Cifar10Network
{
    private const string Resource = "cifar10.safetensors";

    /// <summary>The classes in the order of the logits: airplane, automobile, bird, cat, deer, dog, frog, horse, ship, truck.</summary>
    public static IReadOnlyList<string> ClassNames => CifarDataset.Labels;

    /// <summary>Loads the network.</summary>
    /// <returns>A new network on each call, in evaluation mode, with its class names.</returns>
    public static ResNet Load()
    {
        using Stream file = typeof(Cifar10Network).Assembly.GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException($"The assembly has no resource '{Resource}'.");
        ResNet model = ResNetCheckpoint.Build(Checkpoint.Load(file, Resource));
        model.ClassNames = ClassNames;
        return model;
    }

    /// <summary>Creates a classifier with the network. It takes images of any size; a single object should fill the image.</summary>
    /// <param name="options">Threads, vector width and precision; null for <see cref="ExecutionOptions.Default"/>.</param>
    /// <returns>The classifier.</returns>
    public static ImageClassifier CreateClassifier(ExecutionOptions? options = null) => new(Load(), options: options);
}
