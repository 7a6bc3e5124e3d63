using ResNetManaged.Kernels;
using ResNetManaged.Tensors;

namespace ResNetManaged.Graphs.Operations;

/// <summary>The parameter-free shortcut, option A: strided subsampling and zero channels; see <see cref="Layers.ZeroPadShortcut"/>.</summary>
public sealed class ZeroPadShortcutOperation : Operation
{
    internal ZeroPadShortcutOperation(int inChannels, int outChannels, Size2D stride)
    {
        InChannels = inChannels;
        OutChannels = outChannels;
        Stride = stride;
    }

    /// <summary>Channels of the input.</summary>
    public int InChannels { get; }

    /// <summary>Channels of the output; the first floor((out - in) / 2) are zero, and as many or one more at the end.</summary>
    public int OutChannels { get; }

    /// <summary>The step between pixels taken.</summary>
    public Size2D Stride { get; }

    /// <inheritdoc/>
    public override string Name => "ZeroPadShortcut";

    internal override Shape InferShape(NodeLabel label, ReadOnlySpan<Shape> inputs)
    {
        (int n, int channels, int height, int width) = label.Images(inputs[0]);
        if (channels != InChannels) throw label.Mismatch($"input {inputs[0]} has {channels} channels; expected {InChannels}.");
        return label.Compute(() => Shape.Create(n, OutChannels, Taken(height, Stride.Height), Taken(width, Stride.Width)));
    }

    private static int Taken(int size, int stride) => (int)(((long)size + stride - 1) / stride);

    internal override void Execute(ReadOnlySpan<Tensor> inputs, Tensor output, ExecutionOptions options)
    {
        Shape from = inputs[0].Shape, to = output.Shape;
        Size2D fromPlane = new(from[2], from[3]), toPlane = new(to[2], to[3]);
        int firstChannel = (OutChannels - InChannels) / 2;
        ReadOnlySpan<float> source = inputs[0].ReadOnlySpan;
        Span<float> destination = output.Span;
        destination.Clear();
        for (int n = 0; n < from[0]; n++)
        {
            for (int c = 0; c < InChannels; c++)
            {
                Subsample(source.Slice((n * InChannels + c) * fromPlane.Area, fromPlane.Area), fromPlane.Width,
                    destination.Slice((n * OutChannels + firstChannel + c) * toPlane.Area, toPlane.Area), toPlane);
            }
        }
    }

    private void Subsample(ReadOnlySpan<float> source, int sourceWidth, Span<float> destination, Size2D size)
    {
        for (int h = 0; h < size.Height; h++)
        {
            ReadOnlySpan<float> row = source.Slice(h * Stride.Height * sourceWidth, sourceWidth);
            for (int w = 0; w < size.Width; w++) destination[h * size.Width + w] = row[w * Stride.Width];
        }
    }
}
