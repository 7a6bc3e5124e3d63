using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Convolution;
using ResNetManaged.Tensors;

namespace ResNetManaged.Kernels.Pooling;

/// <summary>
/// The sizes of a windowed pooling (PyTorch's <c>max_pool2d</c>, <c>avg_pool2d</c>): the only place that computes its output size.
/// </summary>
internal readonly record struct PoolGeometry
{
    /// <summary>Checks the sizes and computes the output's.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A number of images or channels, a kernel, stride, padding or dilation is too small.</exception>
    /// <exception cref="ShapeMismatchException">
    /// The input has no pixels, the padding is more than half of the window, the window is larger than the padded input, or a tensor is too large.
    /// </exception>
    public PoolGeometry(int batch, int channels, Size2D input, Size2D kernel, Size2D stride, Padding2D padding, Size2D dilation, bool ceilMode)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(batch);
        ArgumentOutOfRangeException.ThrowIfNegative(channels);
        Batch = batch;
        Channels = channels;
        Input = input;
        Kernel = kernel;
        Stride = stride;
        Padding = padding;
        Dilation = dilation;
        CeilMode = ceilMode;
        Output = new Size2D(
            OutputSize(input.Height, kernel.Height, stride.Height, (padding.Top, padding.Bottom), dilation.Height, ceilMode),
            OutputSize(input.Width, kernel.Width, stride.Width, (padding.Left, padding.Right), dilation.Width, ceilMode));
        Check.FitsArray("Pooling input", batch, channels, input);
        Check.FitsArray("Pooling output", batch, channels, Output);
    }

    /// <summary>N, at least 0.</summary>
    public int Batch { get; }

    /// <summary>C.</summary>
    public int Channels { get; }

    /// <summary>H and W of the input.</summary>
    public Size2D Input { get; }

    /// <summary>Height and width of the window.</summary>
    public Size2D Kernel { get; }

    /// <summary>Input pixels between neighboring windows.</summary>
    public Size2D Stride { get; }

    /// <summary>Pixels added around each plane; ignored by a maximum, 0 in an average.</summary>
    public Padding2D Padding { get; }

    /// <summary>Input pixels between neighboring elements of a window.</summary>
    public Size2D Dilation { get; }

    /// <summary>Whether to count a last window that fits only partly.</summary>
    public bool CeilMode { get; }

    /// <summary>H and W of the output.</summary>
    public Size2D Output { get; }

    /// <summary>N * C: planes are pooled independently.</summary>
    public int Planes => Batch * Channels;

    /// <summary>Elements of the input [N, C, H, W].</summary>
    public int InputLength => Planes * Input.Area;

    /// <summary>Elements of the output [N, C, OH, OW].</summary>
    public int OutputLength => Planes * Output.Area;

    /// <summary>The input rows of a window inside the plane: the first, and one past the last; consecutive ones are a dilation apart.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public (int First, int End) InsideRows(int outputRow) =>
        Inside(outputRow * Stride.Height - Padding.Top, Kernel.Height, Dilation.Height, Input.Height);

    /// <summary>The input columns of a window inside the plane: the first, and one past the last.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public (int First, int End) InsideColumns(int outputColumn) =>
        Inside(outputColumn * Stride.Width - Padding.Left, Kernel.Width, Dilation.Width, Input.Width);

    /// <summary>Whether a window reads the padding above or below the plane.</summary>
    public bool LeavesRows(int outputRow) => Leaves(outputRow * Stride.Height - Padding.Top, Kernel.Height, Dilation.Height, Input.Height);

    /// <summary>Whether a window reads the padding to the left or right of the plane.</summary>
    public bool LeavesColumns(int outputColumn) => Leaves(outputColumn * Stride.Width - Padding.Left, Kernel.Width, Dilation.Width, Input.Width);

    private static bool Leaves(int start, int kernel, int dilation, int size) => start < 0 || start + (kernel - 1) * dilation >= size;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (int First, int End) Inside(int start, int kernel, int dilation, int size)
    {
        int end = Math.Min(start + (kernel - 1) * dilation + 1, size);
        if (start < 0) start += Sizes.RoundUp(-start, dilation);
        return (start, end);
    }

    private static int OutputSize(int input, int kernel, int stride, (int Before, int After) padding, int dilation, bool ceilMode)
    {
        Check.AtLeast("Pooling", nameof(kernel), kernel, 1, "kernel size");
        Check.AtLeast("Pooling", nameof(dilation), dilation, 1);
        long span = Window.Span(kernel, dilation);
        int largest = Math.Max(padding.Before, padding.After);
        if (largest > span / 2)
        {
            throw new ShapeMismatchException(
                $"Pooling: padding is {largest}; it must be at most half of the window, which spans {span} pixels.");
        }
        int size = Window.OutputSize("Pooling", input, kernel, stride, padding, dilation);
        if (!ceilMode) return size;

        // One more window if part of one is left over, unless it would start in the padding after the input.
        bool leftOver = ((long)input + padding.Before + padding.After - span) % stride != 0;
        return leftOver && (long)size * stride < (long)input + padding.Before ? size + 1 : size;
    }
}
