using ResNetManaged.Layers;
using ResNetManaged.Models;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;

namespace ResNetManaged.Parity.Models;

/// <summary>A named network with numbers drawn so that its output depends on every part of it, in both modes.</summary>
/// <remarks>
/// No batch norm is the identity or zero; the last one of a residual branch is small, so that activations stay near 1. Running statistics
/// start at 0, take on a tenth of the batch's in training, and equal the batch's when multiplied by ten. With random statistics, constant
/// offsets would drown the signal of a deep network.
/// </remarks>
internal sealed class ConditionedNetwork
{
    /// <summary>The number of images in a batch, and of classes.</summary>
    public const int Images = 2, Classes = 10;

    private const ulong Seed = 0;
    private const int Calibration = 10; // 1 / momentum

    public ConditionedNetwork(string name)
    {
        TorchGenerator generator = new(Seed);
        Network = ResNet.Create(name, Classes, generator: generator);
        int convolutions = Network.Config.Block.Convolutions;
        string branchEnd = Network.Config.Naming == ResNetNaming.Textbook ? $".fit_.{2 * (convolutions - 1)}.1" : $".bn{convolutions}";
        foreach ((string path, Module module) in Network.NamedModules())
        {
            if (module is not BatchNorm2d norm) continue;
            bool endsBranch = path.EndsWith(branchEnd, StringComparison.Ordinal);
            norm.Weight!.Value = Tensor.Uniform(norm.Weight.Shape, generator, endsBranch ? 0f : 0.5f, endsBranch ? 0.2f : 1f);
            norm.Bias!.Value = Tensor.Uniform(norm.Bias.Shape, generator);
            norm.RunningMean!.Value.Span.Clear();
            norm.RunningVar!.Value.Span.Clear();
        }
        int size = Network.Config.Stem == StemKind.Cifar ? 32 : 64;
        Training = Tensor.Uniform([Images, 3, size, size], generator);
        Fresh = Tensor.Uniform([Images, 3, size, size], generator);
    }

    public ResNet Network { get; }

    /// <summary>The batch for training mode.</summary>
    public Tensor Training { get; }

    /// <summary>The batch for evaluation mode.</summary>
    public Tensor Fresh { get; }

    /// <summary>Sets the running statistics to those of the batch, after one training pass.</summary>
    public void Calibrate()
    {
        foreach ((_, Module module) in Network.NamedModules())
        {
            if (module is not BatchNorm2d norm) continue;
            foreach (ref float mean in norm.RunningMean!.Value.Span) mean *= Calibration;
            foreach (ref float variance in norm.RunningVar!.Value.Span) variance *= Calibration;
        }
    }

    /// <summary>The same for the independent implementation.</summary>
    public static void Calibrate(TorchResNet network)
    {
        foreach (TorchSharp.torch.Tensor statistic in network.Statistics.Values) statistic.mul_(Calibration);
    }
}
