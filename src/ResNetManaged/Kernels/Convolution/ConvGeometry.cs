using ResNetManaged.Kernels.Layout;
using ResNetManaged.Tensors;

namespace ResNetManaged.Kernels.Convolution;

/// <summary>The sizes of a two-dimensional convolution (PyTorch's <c>conv2d</c>): the only place that computes its output size.</summary>
internal readonly record struct ConvGeometry
{
    /// <summary>Checks the sizes and computes the output's.</summary>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A number of images, channels or groups, a kernel, stride, padding or dilation is too small.
    /// </exception>
    /// <exception cref="ShapeMismatchException">
    /// The input has no pixels, the groups do not divide the channels, the kernel is larger than the padded input, or a tensor is too large.
    /// </exception>
    public ConvGeometry(int batch, int inChannels, Size2D input, int outChannels, Size2D kernel, Size2D stride, Padding2D padding,
        Size2D dilation, int groups)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(batch);
        ArgumentOutOfRangeException.ThrowIfLessThan(inChannels, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(outChannels, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(groups, 1);
        Batch = batch;
        InChannels = inChannels;
        Input = input;
        OutChannels = outChannels;
        Kernel = kernel;
        Stride = stride;
        Padding = padding;
        Dilation = dilation;
        Groups = groups;

        if (inChannels % groups != 0 || outChannels % groups != 0)
        {
            throw new ShapeMismatchException(
                $"Convolution: {inChannels} input and {outChannels} output channels must both be divisible by groups={groups}.");
        }
        Output = new Size2D(
            Window.OutputSize("Convolution", input.Height, kernel.Height, stride.Height, (padding.Top, padding.Bottom), dilation.Height),
            Window.OutputSize("Convolution", input.Width, kernel.Width, stride.Width, (padding.Left, padding.Right), dilation.Width));
        Check.FitsArray("Convolution input", batch, inChannels, input);
        Check.FitsArray("Convolution output", batch, outChannels, Output);
        Check.FitsArray("Convolution weight", outChannels, inChannels / groups, kernel);
    }

    /// <summary>N, at least 0.</summary>
    public int Batch { get; }

    /// <summary>C of the input.</summary>
    public int InChannels { get; }

    /// <summary>H and W of the input.</summary>
    public Size2D Input { get; }

    /// <summary>C of the output.</summary>
    public int OutChannels { get; }

    /// <summary>Height and width of the kernel.</summary>
    public Size2D Kernel { get; }

    /// <summary>Input pixels between the windows of neighboring output pixels.</summary>
    public Size2D Stride { get; }

    /// <summary>Zeros around each plane.</summary>
    public Padding2D Padding { get; }

    /// <summary>Input pixels between neighboring kernel elements.</summary>
    public Size2D Dilation { get; }

    /// <summary>The number of independent convolutions that the channels are divided among.</summary>
    public int Groups { get; }

    /// <summary>H and W of the output.</summary>
    public Size2D Output { get; }

    /// <summary>Products summed for each output element: the columns of the weight matrix.</summary>
    public int Depth => InChannels / Groups * Kernel.Area;

    /// <summary>Elements of the input [N, C, H, W].</summary>
    public int InputLength => Batch * InChannels * Input.Area;

    /// <summary>Elements of the weight [O, I / groups, H, W].</summary>
    public int WeightLength => OutChannels * Depth;

    /// <summary>Elements of the output [N, O, H, W].</summary>
    public int OutputLength => Batch * OutChannels * Output.Area;

    /// <summary>What the kernel reads outside the input's plane.</summary>
    public Halo InputHalo => Halo.Of(Input, Output,
        new Size2D((int)Window.Span(Kernel.Height, Dilation.Height), (int)Window.Span(Kernel.Width, Dilation.Width)), Stride, Padding);

    /// <summary>Whether the patches are the input itself: a 1x1 kernel that reads every pixel once.</summary>
    public bool IsPointwise => Kernel == 1 && Stride == 1 && Padding.IsNone;

    /// <summary>Whether each of several channels is convolved with its own kernel.</summary>
    public bool IsDepthwise => Groups > 1 && Groups == InChannels && Groups == OutChannels;
}
