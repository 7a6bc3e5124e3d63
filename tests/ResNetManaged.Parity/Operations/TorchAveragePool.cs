using ResNetManaged.Layers;
using ResNetManaged.Parity.Support;
using ResNetManaged.Tensors;
using TorchSharp;
using static TorchSharp.torch.nn;

namespace ResNetManaged.Parity.Operations;

/// <summary>Average pooling by LibTorch, with any padding.</summary>
internal static class TorchAveragePool
{
    /// <summary>The mean of each window. If explicit padding must not count, the mean is divided by the pixels' share of the window.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="x">[N, C, H, W].</param>
    /// <param name="output">H and W of the layer's output.</param>
    public static torch.Tensor Run(AvgPool2d layer, torch.Tensor x, Size2D output)
    {
        if (layer.Padding.IsSymmetric) return Pool(x, layer.CountIncludePad);
        torch.Tensor mean = Pool(x, countIncludePad: true);
        return layer.CountIncludePad ? mean : mean / Pool(torch.ones_like(x), countIncludePad: true);

        torch.Tensor Pool(torch.Tensor x, bool countIncludePad)
        {
            (x, long[] padding) = x.Padded(layer.Padding);
            return functional.avg_pool2d(x, [layer.KernelSize.Height, layer.KernelSize.Width], [layer.Stride.Height, layer.Stride.Width], padding,
                layer.CeilMode, countIncludePad).FirstWindows(output);
        }
    }
}
