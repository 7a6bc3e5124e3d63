using ResNetManaged.Graphs;
using ResNetManaged.Graphs.Operations;
using ResNetManaged.Graphs.Operations.Shapes;
using ResNetManaged.Onnx.Rewriting;
using ResNetManaged.Tensors;

namespace ResNetManaged.Onnx.Tracing;

/// <summary>The operators of our own that stand for several of ONNX's; see <see cref="ImageParts"/>. They have no plain arithmetic.</summary>
internal static class ImagePartTracing
{
    public static void AddTo(Dictionary<string, Func<TraceCall, OnnxValue[]?>> rules)
    {
        rules[ImageParts.Blur] = Blur;
        rules[ImageParts.Shortcut] = Shortcut;
        rules[ImageParts.ChannelConv] = ChannelConv;
    }

    private static OnnxValue[] Blur(TraceCall call)
    {
        Value x = Images(call);
        long channels = call.Attributes.Integers("channels")![0];
        if (x.Shape[1] != channels) throw call.Attributes.Mismatch($"blurs {x.Shape} with filters of {channels} channels", "expected as many");
        return call.Of(x.Apply(new BlurPool2dOperation(Strides(call))));
    }

    private static OnnxValue[] Shortcut(TraceCall call)
    {
        Value x = Images(call);
        long added = call.Attributes.Integers("added")![0];
        return call.Of(x.Apply(new ZeroPadShortcutOperation(x.Shape[1], checked((int)(x.Shape[1] + added)), Strides(call))));
    }

    private static OnnxValue[] ChannelConv(TraceCall call)
    {
        Value x = call[0].Ordered;
        Shape pixel = call.Attributes.ShapeOf([x.Shape[0], x.Shape.ElementCount / Math.Max(1, x.Shape[0]), 1, 1]);
        if (x.Shape != pixel) x = x.Apply(new ReshapeOperation(pixel));
        return call.Of(x.Apply(new ChannelConvOperation(call.Weight(1, call.Known(1)!.Shape))));
    }

    private static Value Images(TraceCall call) =>
        call[0].Shape.Rank == 4 ? call[0].Ordered : throw call.Attributes.Mismatch($"reads {call[0].Shape}", "expected [N, C, H, W]");

    private static Size2D Strides(TraceCall call) => call.Attributes.Integers("strides") is [long rows, long columns] && rows is > 0 and < 1 << 20
        && columns is > 0 and < 1 << 20
        ? new Size2D((int)rows, (int)columns) : throw call.Attributes.Mismatch("has wrong strides", "expected two positive ones");
}
