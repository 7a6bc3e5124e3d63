using ResNetManaged.Tensors;

namespace ResNetManaged.Kernels.Layout;

/// <summary>Zeros stored around the pixels of a plane, in pixels: the padding of its readers, so that no kernel tests for borders.</summary>
internal readonly record struct Halo(int Top, int Left, int Bottom, int Right)
{
    /// <summary>The smallest halo that contains both.</summary>
    public static Halo Max(Halo a, Halo b) =>
        new(Math.Max(a.Top, b.Top), Math.Max(a.Left, b.Left), Math.Max(a.Bottom, b.Bottom), Math.Max(a.Right, b.Right));

    /// <summary>What a sliding window reads outside the plane when it computes <paramref name="output"/> pixels.</summary>
    public static Halo Of(Size2D input, Size2D output, Size2D span, Size2D stride, Padding2D padding) => new(
        padding.Top, padding.Left,
        Math.Max(0, (output.Height - 1) * stride.Height + span.Height - padding.Top - input.Height),
        Math.Max(0, (output.Width - 1) * stride.Width + span.Width - padding.Left - input.Width));
}
