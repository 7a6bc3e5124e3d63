using ResNetManaged.Tensors;

namespace ResNetManaged.Kernels.Convolution;

/// <summary>The arithmetic of a window that slides along one axis, for convolution and pooling.</summary>
internal static class Window
{
    /// <summary>The number of window positions: (input + padding before and after - dilation (kernel - 1) - 1) / stride + 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A kernel, stride, padding or dilation is too small.</exception>
    /// <exception cref="ShapeMismatchException">The input is empty, smaller with its padding than the window, or too large.</exception>
    public static int OutputSize(string operation, int input, int kernel, int stride, (int Before, int After) padding, int dilation)
    {
        if (input < 1) throw new ShapeMismatchException($"{operation}: input size is {input}; it must be at least 1.");
        Check.AtLeast(operation, nameof(kernel), kernel, 1, "kernel size");
        Check.AtLeast(operation, nameof(stride), stride, 1);
        Check.AtLeast(operation, nameof(padding), Math.Min(padding.Before, padding.After), 0);
        Check.AtLeast(operation, nameof(dilation), dilation, 1);
        long padded = (long)input + padding.Before + padding.After, span = Span(kernel, dilation);
        if (span > padded)
        {
            throw new ShapeMismatchException(
                $"{operation}: kernel size {kernel} with dilation {dilation} spans {span} pixels; "
                + $"the input of size {input} with padding {Described(padding)} has only {padded}.");
        }
        if (padded > int.MaxValue)
        {
            throw new ShapeMismatchException(
                $"{operation}: the input of size {input} with padding {Described(padding)} has more than {int.MaxValue} pixels.");
        }
        return (int)((padded - span) / stride + 1);
    }

    /// <summary>The number of pixels from the first one a window reads to the last, inclusive.</summary>
    public static long Span(int kernel, int dilation) => (long)dilation * (kernel - 1) + 1;

    /// <summary>The outputs whose pixel output * stride + shift lies in the input: the first, and one past the last.</summary>
    public static (int First, int End) Inside(int input, int output, int stride, int shift)
    {
        int end = Math.Clamp(FloorDivide(input - 1 - shift, stride) + 1, 0, output);
        return (Math.Clamp(FloorDivide(-shift - 1, stride) + 1, 0, end), end);
    }

    private static int FloorDivide(int value, int by) => value >= 0 ? value / by : ~(~value / by); // an addition could overflow

    private static string Described((int Before, int After) padding) =>
        padding.Before == padding.After ? $"{padding.Before}" : $"{padding.Before} before and {padding.After} after";
}
