using ResNetManaged.Layers;
using ResNetManaged.Tensors.Random;

namespace ResNetManaged.Models.Parts;

/// <summary>A convolution without bias and the batch norm after it, as data.</summary>
/// <param name="InChannels">Channels of the input.</param>
/// <param name="OutChannels">Channels of the output.</param>
/// <param name="KernelSize">Height and width of the kernel, odd; the padding is half of it, so that only the stride changes the size.</param>
/// <param name="Stride">The step between outputs.</param>
/// <param name="Groups">Groups of the convolution.</param>
/// <param name="ZeroInit">Whether the batch norm's weight starts at 0.</param>
internal readonly record struct ConvSpec(
    int InChannels, int OutChannels, int KernelSize, int Stride = 1, int Groups = 1, bool ZeroInit = false)
{
    public Conv2d BuildConvolution(TorchGenerator? generator) =>
        new(InChannels, OutChannels, KernelSize, Stride, padding: KernelSize / 2, groups: Groups, bias: false, generator: generator);

    public BatchNorm2d BuildNorm()
    {
        BatchNorm2d norm = new(OutChannels);
        if (ZeroInit) norm.Weight!.Fill(0f);
        return norm;
    }

    public Sequential BuildSequential(TorchGenerator? generator) => new(BuildConvolution(generator), BuildNorm());
}
