using ResNetManaged.Tensors;

namespace ResNetManaged.Kernels.Convolution;

/// <summary>The arithmetic of a window that slides along one axis, for convolution and pooling.</summary>
internal static class Window
{
    /// <summary>How often the window fits: (input + 2 padding - dilation (kernel - 1) - 1) / stride + 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A number is too small.</exception>
    /// <exception cref="ShapeMismatchException">The window is larger than the padded input.</exception>
    public static int OutputSize(string operation, int input, int kernel, int stride, int padding, int dilation)
    {
        CheckAtLeast(operation, "input size", input, 1);
        CheckAtLeast(operation, "kernel size", kernel, 1);
        CheckAtLeast(operation, "stride", stride, 1);
        CheckAtLeast(operation, "padding", padding, 0);
        CheckAtLeast(operation, "dilation", dilation, 1);
        long padded = input + 2L * padding, span = Span(kernel, dilation);
        if (span > padded)
        {
            throw new ShapeMismatchException(
                $"{operation}: kernel size {kernel} with dilation {dilation} spans {span} pixels; "
                + $"the input of size {input} with padding {padding} has only {padded}.");
        }
        if (padded > int.MaxValue)
        {
            throw new ArgumentOutOfRangeException(nameof(padding),
                $"{operation}: the input of size {input} with padding {padding} has more than {int.MaxValue} pixels.");
        }
        return (int)((padded - span) / stride + 1);
    }

    /// <summary>The pixels from the first to the last that a window looks at.</summary>
    public static long Span(int kernel, int dilation) => (long)dilation * (kernel - 1) + 1;

    /// <summary>The outputs from First up to End, none of them or some: those whose pixel output * stride + shift lies in the input.</summary>
    public static (int First, int End) Inside(int input, int output, int stride, int shift)
    {
        int end = Math.Clamp(FloorDivide(input - 1 - shift, stride) + 1, 0, output);
        return (Math.Clamp(FloorDivide(-shift - 1, stride) + 1, 0, end), end);
    }

    private static int FloorDivide(int value, int by) => value >= 0 ? value / by : ~(~value / by); // no sum: a stride may be as large as int

    /// <summary>Refuses a parameter that is too small.</summary>
    public static void CheckAtLeast(string operation, string name, int value, int least)
    {
        if (value < least) throw new ArgumentOutOfRangeException(name, $"{operation}: {name} is {value}; it must be at least {least}.");
    }

    /// <summary>Refuses sizes whose product an array cannot hold.</summary>
    public static void CheckElements(string name, int outer, int channels, Size2D plane)
    {
        Int128 elements = (Int128)outer * channels * plane.Height * plane.Width;
        if (elements > Array.MaxLength)
        {
            throw new ArgumentOutOfRangeException(name,
                $"{name} [{outer}, {channels}, {plane.Height}, {plane.Width}] has more elements than an array can hold ({Array.MaxLength}).");
        }
    }
}
