using ResNetManaged.Layers;
using ResNetManaged.Models;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;

namespace ResNetManaged.Tests.Support;

/// <summary>Networks in which every parameter and statistic matters and activations neither vanish nor explode.</summary>
internal static class RandomNetwork
{
    /// <summary>Creates a network of a variant in evaluation mode, with a limited number of blocks per stage, since further blocks repeat the last.</summary>
    public static ResNet Create(string variant, int mostBlocks = int.MaxValue, int numClasses = 100)
    {
        ResNetConfig config = ResNetVariants.Get(variant);
        TorchGenerator generator = new(20);
        ResNet network = new(config with
        {
            NumClasses = numClasses,
            Depths = [.. config.Depths.Select(depth => Math.Min(depth, mostBlocks))],
            ZeroInitLastGamma = true
        }, generator);
        Randomize(network, generator);
        return network.Eval();
    }

    /// <summary>Draws the parameters and statistics of batch norms. Zero weights, at the end of a branch, become small, so that activations stay bounded.</summary>
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
