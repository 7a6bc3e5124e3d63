using TorchSharp;
using Tensor = ResNetManaged.Tensors.Tensor;

namespace ResNetManaged.Parity.Support;

/// <summary>Converts our tensors to LibTorch's.</summary>
internal static class TorchConversion
{
    /// <summary>A copy.</summary>
    public static torch.Tensor ToTorch(this Tensor tensor) =>
        torch.tensor(tensor.ReadOnlySpan.ToArray(), [.. tensor.Shape.Select(size => (long)size)]);
}
