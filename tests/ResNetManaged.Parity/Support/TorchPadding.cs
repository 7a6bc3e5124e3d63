using ResNetManaged.Tensors;
using TorchSharp;
using static TorchSharp.torch.nn;

namespace ResNetManaged.Parity.Support;

/// <summary>Padding for LibTorch, whose layers pad opposite sides equally: asymmetric padding is added to their input first.</summary>
internal static class TorchPadding
{
    /// <summary>A layer's input, and the padding that the layer itself adds.</summary>
    /// <param name="x">[N, C, H, W].</param>
    /// <param name="padding">The padding.</param>
    /// <param name="value">The value that pads the input.</param>
    public static (torch.Tensor X, long[] Padding) Padded(this torch.Tensor x, Padding2D padding, double value = 0) => padding.IsSymmetric
        ? (x, [padding.Top, padding.Left])
        : (functional.pad(x, [padding.Left, padding.Right, padding.Top, padding.Bottom], PaddingModes.Constant, value), [0, 0]);

    /// <summary>
    /// The first windows of a pooled plane, as many as ours has: LibTorch treats explicit padding as pixels, so in ceil mode a window may start in it.
    /// </summary>
    public static torch.Tensor FirstWindows(this torch.Tensor pooled, Size2D size) => pooled.slice(2, 0, size.Height, 1).slice(3, 0, size.Width, 1);
}
