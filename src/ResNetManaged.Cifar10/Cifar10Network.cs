using ResNetManaged.Datasets;
using ResNetManaged.Inference;
using ResNetManaged.Models;
using ResNetManaged.Serialization;

namespace ResNetManaged.Cifar10;

/// <summary>A network for the ten classes of CIFAR-10, trained with this library; MODEL-CARD.md says on what, how, and how good it is.</summary>
public static class Cifar10Network
{
    private const string Resource = "cifar10.safetensors";

    /// <summary>The classes in the order of the logits: airplane, automobile, bird, cat, deer, dog, frog, horse, ship, truck.</summary>
    public static IReadOnlyList<string> ClassNames => CifarDataset.Labels;

    /// <summary>Loads the network.</summary>
    /// <returns>A network of its own for each call, in evaluation mode, with the names of its classes.</returns>
    public static ResNet Load()
    {
        using Stream file = typeof(Cifar10Network).Assembly.GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException($"The assembly lacks its resource '{Resource}'.");
        ResNet model = ResNetCheckpoint.Build(Checkpoint.Load(file, Resource));
        model.ClassNames = ClassNames;
        return model;
    }

    /// <summary>A classifier around it: images of any size, best of one object that fills them.</summary>
    /// <param name="options">Threads, vector width and precision; null for <see cref="ExecutionOptions.Default"/>.</param>
    /// <returns>The classifier.</returns>
    public static ImageClassifier CreateClassifier(ExecutionOptions? options = null) => new(Load(), options: options);
}
