using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Kernels.Threading;

namespace ResNetManaged.Kernels.Elementwise;

/// <summary>Products of blocked activations, element by element or with one number per plane, and their gradients.</summary>
internal static unsafe class BlockedProduct<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    /// <summary>y = x * z. Computes this thread's rows, without their halo.</summary>
    /// <param name="images">N.</param>
    /// <param name="left">x.</param>
    /// <param name="right">z, of the same shape.</param>
    /// <param name="output">y; an operand itself, or disjoint from both.</param>
    /// <param name="share">This thread's part.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(int images, BlockedView left, BlockedView right, BlockedView output, WorkShare share)
    {
        BlockedLayout layout = output.Layout;
        int rows = layout.Size.Height, width = layout.Size.Width * ChannelBlock.Size;
        (int item, int end) = share.Of(images * layout.Blocks * rows);
        for (; item < end; item++)
        {
            (int plane, int row) = Math.DivRem(item, rows);
            float* x = left.Row(plane, row), z = right.Row(plane, row), y = output.Row(plane, row);
            for (nint i = 0; i < width; i += TSimd.Lanes) TSimd.Store(TSimd.Multiply(TSimd.Load(x + i), TSimd.Load(z + i)), y + i);
        }
    }

    /// <summary>y = relu(x * s + residual), with one s for each plane, residual and ReLU optional. Computes this thread's rows, without their halo.</summary>
    /// <param name="images">N.</param>
    /// <param name="input">x.</param>
    /// <param name="factors">s, images of one pixel.</param>
    /// <param name="residual">What to add; or none.</param>
    /// <param name="relu">Whether negative results become 0.</param>
    /// <param name="output">y; x or the residual itself, or disjoint from what is read.</param>
    /// <param name="share">This thread's part.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Scale(int images, BlockedView input, BlockedView factors, BlockedView residual, bool relu, BlockedView output, WorkShare share)
    {
        BlockedLayout layout = output.Layout;
        int rows = layout.Size.Height, width = layout.Size.Width * ChannelBlock.Size;
        (int item, int end) = share.Of(images * layout.Blocks * rows);
        for (; item < end; item++)
        {
            (int plane, int row) = Math.DivRem(item, rows);
            float* x = input.Row(plane, row), z = residual.Row(plane, row), y = output.Row(plane, row), s = factors.Row(plane, 0);
            for (int lane = 0; lane < ChannelBlock.Size; lane += TSimd.Lanes)
            {
                TVector factor = TSimd.Load(s + lane);
                for (nint i = lane; i < width; i += ChannelBlock.Size)
                {
                    TVector value = TSimd.Multiply(TSimd.Load(x + i), factor);
                    if (z != null) value = TSimd.Add(value, TSimd.Load(z + i)); // two roundings, as in steps of their own
                    TSimd.Store(relu ? TSimd.Relu(value) : value, y + i);
                }
            }
        }
    }

    /// <summary>The gradient of one operand of an elementwise product: dx = dy * z. Computes this thread's planes and clears their halo.</summary>
    /// <param name="images">N.</param>
    /// <param name="gradient">dy.</param>
    /// <param name="other">z, the other operand.</param>
    /// <param name="operandGradient">dx; a view that <paramref name="gradient"/> reads, or disjoint from what is read.</param>
    /// <param name="share">This thread's part.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void MultiplyGradient(int images, BlockedGradient gradient, BlockedView other, BlockedView operandGradient, WorkShare share)
    {
        BlockedLayout layout = operandGradient.Layout;
        int width = layout.Size.Width * ChannelBlock.Size;
        (int plane, int end) = share.Of(images * layout.Blocks);
        for (; plane < end; plane++)
        {
            for (int h = 0; h < layout.Size.Height; h++)
            {
                GradientRow dy = gradient.Row(plane, h);
                float* z = other.Row(plane, h), dx = operandGradient.Row(plane, h);
                for (nint i = 0; i < width; i += TSimd.Lanes) TSimd.Store(TSimd.Multiply(dy.Load<TSimd, TVector>(i), TSimd.Load(z + i)), dx + i);
            }
            operandGradient.ClearHalo(plane);
        }
    }

    /// <summary>
    /// The gradients of a product with one number per plane: dx = dy * s, and ds, the plane's sum of dy * x. Computes this thread's planes, each as a
    /// whole and in the same order on any number of threads, and clears their halos.
    /// </summary>
    /// <remarks>Rows are summed, then the rows' sums: rounding grows with the sides of the plane, not with its area.</remarks>
    /// <param name="images">N.</param>
    /// <param name="gradient">dy.</param>
    /// <param name="input">x.</param>
    /// <param name="factors">s, images of one pixel.</param>
    /// <param name="inputGradient">
    /// dx; a view that <paramref name="gradient"/> reads, or disjoint from what is read; none if it is not wanted.
    /// </param>
    /// <param name="factorGradients">ds, images of one pixel; none if it is not wanted.</param>
    /// <param name="share">This thread's part.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ScaleGradient(int images, BlockedGradient gradient, BlockedView input, BlockedView factors, BlockedView inputGradient,
        BlockedView factorGradients, WorkShare share)
    {
        BlockedLayout layout = input.Layout;
        int width = layout.Size.Width * ChannelBlock.Size;
        (int plane, int end) = share.Of(images * layout.Blocks);
        for (; plane < end; plane++)
        {
            float* s = factors.Row(plane, 0), ds = factorGradients.Row(plane, 0);
            for (int lane = 0; lane < ChannelBlock.Size; lane += TSimd.Lanes)
            {
                TVector factor = TSimd.Load(s + lane), sum = default;
                for (int h = 0; h < layout.Size.Height; h++)
                {
                    GradientRow dy = gradient.Row(plane, h);
                    float* x = input.Row(plane, h), dx = inputGradient.Row(plane, h);
                    TVector row = default;
                    for (nint i = lane; i < width; i += ChannelBlock.Size)
                    {
                        TVector value = dy.Load<TSimd, TVector>(i);
                        row = TSimd.MultiplyAdd(value, TSimd.Load(x + i), row);
                        if (dx != null) TSimd.Store(TSimd.Multiply(value, factor), dx + i);
                    }
                    sum = TSimd.Add(sum, row);
                }
                if (ds != null) TSimd.Store(sum, ds + lane);
            }
            if (!inputGradient.IsNone) inputGradient.ClearHalo(plane);
            if (ds != null) factorGradients.ClearHalo(plane);
        }
    }
}
