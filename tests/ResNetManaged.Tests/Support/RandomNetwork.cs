using ResNetManaged.Layers;
using ResNetManaged.Models;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;

namespace ResNetManaged.Tests.Support;

/// <summary>Networks whose every parameter and statistic matters, and whose activations neither vanish nor explode.</summary>
internal static class RandomNetwork
{
    /// <summary>A network of a variant, in evaluation mode; with at most so many blocks a stage, since further ones repeat the last.</summary>
    public static ResNet Create(string variant, int mostBlocks = int.MaxValue, int numClasses = 100)
    {
        ResNetConfig config = ResNetVariants.Get(variant);
        TorchGenerator generator = new(20);
        ResNet network = new(config with { NumClasses = numClasses, Depths = [.. config.Depths.Select(depth => Math.Min(depth, mostBlocks))],
            ZeroInitLastGamma = true }, generator);
        Randomize(network, generator);
        return network.Eval();
    }

    /// <summary>Draws what batch norms hold. Weights that are zero end a branch: they become small, so that blocks add little to each other.</summary>
    public static void Randomize(Module module, TorchGenerator generator)
    {
        foreach (BatchNorm2d norm in module.NamedModules().Select(entry => entry.Module).OfType<BatchNorm2d>())
        {
            bool endsBranch = norm.Weight!.Value.ReadOnlySpan[0] == 0;
            norm.Weight.Value = Tensor.Uniform(norm.Weight.Shape, generator, endsBranch ? 0.1f : 0.5f, endsBranch ? 0.4f : 1f);
            norm.Bias!.Value = Tensor.Uniform(norm.Bias.Shape, generator, -0.5f, 0.5f);
            norm.RunningMean!.Value = Tensor.Uniform(norm.RunningMean.Shape, generator, -0.3f, 0.3f);
            norm.RunningVar!.Value = Tensor.Uniform(norm.RunningVar.Shape, generator, 0.5f, 2f);
        }
    }
}
