using ResNetManaged.Inference;
using ResNetManaged.Models;
using ResNetManaged.Serialization;

namespace ResNetManaged.ImageNet18;

/// <summary>
/// A ResNet-18 trained on ImageNet, without a head: it embeds pictures, and learns new classes with few. MODEL-CARD.md says where it comes from.
/// </summary>
public static class ImageNet18Network
{
    private const string FileName = "imagenet18.safetensors";

    /// <summary>Loads the network from the file next to the program, where builds and publishing put it.</summary>
    /// <returns>A new network on each call, in evaluation mode, with its <see cref="ImageNetwork.Preset"/>; weights are read when they are used.</returns>
    /// <exception cref="FileNotFoundException">The file is missing.</exception>
    /// <exception cref="CheckpointException">The file is damaged.</exception>
    public static ImageNetwork Load()
    {
        string path = Path.Combine(AppContext.BaseDirectory, FileName);
        if (File.Exists(path)) return ResNetCheckpoint.Load(path);
        throw new FileNotFoundException(
            $"There is no file '{path}', the network of ResNetManaged.ImageNet18; expected it next to the program, where building and publishing put it.", path);
    }

    /// <summary>Creates an embedder with the network: a vector of 512 elements for each image, of any size.</summary>
    /// <param name="options">Threads, vector width and precision; null for <see cref="ExecutionOptions.Default"/>.</param>
    /// <returns>The embedder.</returns>
    /// <exception cref="FileNotFoundException">The file is missing.</exception>
    /// <exception cref="CheckpointException">The file is damaged.</exception>
    public static ImageEmbedder CreateEmbedder(ExecutionOptions? options = null) => new(Load(), options: options);
}
