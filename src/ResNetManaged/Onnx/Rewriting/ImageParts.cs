using ResNetManaged.Kernels.Pooling;
using ResNetManaged.Onnx.Constants;
using ResNetManaged.Onnx.Model;

namespace ResNetManaged.Onnx.Rewriting;

/// <summary>
/// Parts of residual networks that ONNX has no operators for: blurs, shortcuts without parameters, and convolutions over channels. They become nodes of
/// operators of our own, which <see cref="Tracing.ImagePartTracing"/> turns into operations.
/// </summary>
internal static class ImageParts
{
    public const string Blur = "BlurPool", Shortcut = "ZeroPadShortcut", ChannelConv = "ChannelConv";

    /// <summary>Pad by reflecting one pixel, then a depthwise Conv with the binomial window.</summary>
    public static void RewriteBlur(NodePatterns patterns, OnnxNode conv)
    {
        if (conv.Inputs.Count != 2 || patterns.Only(conv.Inputs[0], "Pad") is not { Inputs.Count: 1 or 2 } pad
            || pad.Text("mode", "constant") != "reflect") return;
        if ((pad.Integers("pads") ?? patterns.Known(pad, 1)?.Integers) is not [0, 0, 1, 1, 0, 0, 1, 1]) return;
        if (patterns.Known(conv, 1) is not { } window || !window.Type.IsFloat() || conv.Integer("group", 1) != window.Shape[0]
            || !IsBinomial(window)) return;
        if (conv.Text("auto_pad", "NOTSET") is not ("NOTSET" or "VALID") || conv.Integers("pads")?.Any(size => size != 0) == true) return;
        if (conv.Integers("dilations")?.Any(size => size != 1) == true || (conv.Integers("strides") ?? [1, 1]) is not [long rows,
            long columns]) return;
        patterns.Replace(NodePatterns.Named(conv, Blur, [pad.Inputs[0]], Integers("strides", rows, columns), Integers("channels", window.Shape[0])),
            pad, conv);
    }

    /// <summary>Slices of every stride-th row and column, then a Pad of channels of zeros.</summary>
    public static void RewriteShortcut(NodePatterns patterns, OnnxNode pad)
    {
        if (pad.Inputs.Count is < 1 or > 3 || pad.Text("mode", "constant") != "constant") return;
        bool isZero = pad.Inputs.Count == 3 && pad.Inputs[2].Length > 0 ? patterns.Known(pad, 2) is { Shape.ElementCount: 1, Scalar: 0 }
            : pad.Number("value", 0) == 0;
        if (!isZero || (pad.Integers("pads") ?? patterns.Known(pad, 1)?.Integers) is not [0, long front, 0, 0, 0, long back, 0, 0]) return;
        if (front < 0 || back < 0 || front != (front + back) / 2) return;
        long[] strides = [1, 1];
        List<OnnxNode> group = [pad];
        string input = pad.Inputs[0];
        for (; patterns.Only(input, "Slice") is { } slice && Take(patterns, slice, strides); input = slice.Inputs[0]) group.Insert(0, slice);
        if (group.Count == 1) return;
        patterns.Replace(NodePatterns.Named(pad, Shortcut, [input], Integers("strides", strides), Integers("added", front + back)), [.. group]);
    }

    /// <summary>Reshape of one pixel to a row of channels, a Conv of it, Reshape back.</summary>
    public static void RewriteChannelConv(NodePatterns patterns, OnnxNode last)
    {
        if (last.Inputs.Count != 2 || patterns.Known(last, 1)?.Integers is not [0 or 1, -1, 1, 1]) return;
        if (patterns.Only(last.Inputs[0], "Conv") is not { Inputs.Count: 2 } conv || conv.Text("auto_pad", "NOTSET") != "NOTSET") return;
        if (patterns.Known(conv, 1) is not { Shape: { Rank: 3 } filter } || filter[0] != 1 || filter[1] != 1 || filter[2] % 2 == 0) return;
        if (conv.Integers("pads") is not [long before, long after] || before != filter[2] / 2 || after != before
            || conv.Integer("group", 1) != 1) return;
        if ((conv.Integers("strides") ?? [1]) is not [1] || (conv.Integers("dilations") ?? [1]) is not [1]) return;
        if (patterns.Only(conv.Inputs[0], "Reshape") is not { Inputs.Count: 2 } first || patterns.Known(first, 1)?.Integers is not [0 or 1, 1,
            -1]) return;
        patterns.Replace(NodePatterns.Named(last, ChannelConv, [first.Inputs[0], conv.Inputs[1]]), first, conv, last);
    }

    /// <summary>Whether a Slice takes every n-th row or column from the first to the last; multiplies the strides.</summary>
    private static bool Take(NodePatterns patterns, OnnxNode slice, long[] strides)
    {
        if (slice.Inputs.Count != 5 || patterns.Known(slice, 3)?.Integers is not { } axes || patterns.Known(slice, 4)?.Integers
            is not { } steps) return false;
        bool isWhole = patterns.Known(slice, 1)?.Integers.All(start => start == 0) == true && patterns.Known(slice, 2)?.Integers.All(end =>
            end >= int.MaxValue) == true;
        if (!isWhole || axes.Length != steps.Length || axes.Any(axis => axis is not (2 or 3)) || steps.Any(step =>
            step is < 1 or > 1 << 15)) return false;
        for (int i = 0; i < axes.Length; i++) strides[axes[i] - 2] *= steps[i];
        return strides.All(stride => stride < 1 << 15);
    }

    private static bool IsBinomial(Constant window)
    {
        if (window.Shape is not { Rank: 4 } shape || shape[1] != 1 || shape[2] != BlurWindow.Size || shape[3] != BlurWindow.Size) return false;
        double[] numbers = window.Numbers;
        for (int i = 0; i < numbers.Length; i++)
        {
            if (numbers[i] != BlurWindow.Weight(i % BlurWindow.Size) * BlurWindow.Weight(i / BlurWindow.Size % BlurWindow.Size)) return false;
        }
        return true;
    }

    private static OnnxAttribute Integers(string name, params ReadOnlySpan<long> values)
    {
        OnnxAttribute attribute = new() { Name = name };
        attribute.Integers.AddRange(values);
        return attribute;
    }
}
