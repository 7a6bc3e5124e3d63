using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Memory;
using ResNetManaged.Kernels.Quantized;
using ResNetManaged.Kernels.Threading;

namespace ResNetManaged.Plans.Execution;

/// <summary>Runs a program on one thread and shows what each step computed: for calibration.</summary>
internal sealed unsafe class ObservedRun(InferenceProgram program)
{
    private readonly PinnedBytes _arena = new(program.ArenaBytes);
    private readonly PinnedArray _scratch = new(program.ScratchLength(threads: 1));
    private readonly float[][] _buffers = Array.ConvertAll(program.BufferLengths, length => GC.AllocateUninitializedArray<float>(length, pinned: true));
    private float[] _elements = [];

    /// <summary>Receives what a step computed.</summary>
    /// <param name="node">The step's node.</param>
    /// <param name="output">Its output, row-major; bytes as the numbers that they stand for.</param>
    public delegate void Observer(PlanNode node, ReadOnlySpan<float> output);

    /// <summary>Computes the output for one input.</summary>
    /// <param name="input">The program's input, row-major.</param>
    /// <param name="output">Receives the output, row-major.</param>
    /// <param name="observe">Receives the output of each step that computes something.</param>
    public void Run(ReadOnlySpan<float> input, Span<float> output, Observer observe)
    {
        fixed (float* x = input, y = output)
        {
            StepContext context = new(x, y, _arena.Pointer, _scratch.Pointer, _buffers, WorkShare.All);
            foreach (Step step in program.Steps)
            {
                step.Run(context);
                if (step.Node.Operation is not null) observe(step.Node, Elements(step.Node.Output, context));
            }
        }
    }

    private ReadOnlySpan<float> Elements(PlanValue value, in StepContext context)
    {
        int count = value.Shape.ElementCount;
        if (_elements.Length < count) _elements = GC.AllocateUninitializedArray<float>(count, pinned: true);
        fixed (float* elements = _elements)
        {
            float* source = context.Pointer(value);
            if (value.Range is { } range) Dequantize((byte*)source, value, range, elements);
            else if (value.Format == ValueFormat.Blocked) LayoutConversion.Unpack(source, value.Images, value.Layout, elements, WorkShare.All);
            else if (value.Format == ValueFormat.Features) LayoutConversion.UnpackFeatures(source, value.Layout, elements, WorkShare.All);
            else new ReadOnlySpan<float>(source, count).CopyTo(_elements);
        }
        return _elements.AsSpan(0, count);
    }

    private static void Dequantize(byte* source, PlanValue value, QuantizedRange range, float* target)
    {
        BlockedLayout layout = value.Layout;
        bool areFeatures = value.Format == ValueFormat.Features;
        for (int image = 0; image < value.Shape[0]; image++)
        {
            for (int channel = 0; channel < layout.Channels; channel++)
            {
                byte* plane = source + (areFeatures ? image * layout.BlockSize : image * (nint)layout.ImageStride) + layout.ChannelOffset(channel);
                for (int h = 0; h < layout.Size.Height; h++)
                {
                    for (int w = 0; w < (areFeatures ? 1 : layout.Size.Width); w++)
                        *target++ = (plane[layout.Offset(h, w)] - range.ZeroPoint) * range.Scale;
                }
            }
        }
    }
}
