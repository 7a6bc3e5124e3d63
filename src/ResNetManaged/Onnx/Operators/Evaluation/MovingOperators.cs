using ResNetManaged.Onnx.Constants;
using ResNetManaged.Onnx.Model;
using ResNetManaged.Tensors;

namespace ResNetManaged.Onnx.Operators.Evaluation;

/// <summary>Operators that move elements without computing: transposing, joining, splitting, indexing, padding.</summary>
internal static class MovingOperators
{
    public static void AddTo(Dictionary<string, Func<OnnxCall, Constant[]>> operators)
    {
        operators["Transpose"] = call => [Transpose(call[0], Order(call, call[0].Shape.Rank))];
        operators["ChannelShuffle"] = ChannelShuffle;
        operators["Concat"] = Concat;
        operators["Split"] = Split;
        operators["Slice"] = Slice;
        operators["Gather"] = Gather;
        operators["GatherElements"] = GatherElements;
        operators["Tile"] = Tile;
        operators["Pad"] = Pad;
        operators["DepthToSpace"] = DepthToSpace;
        operators["SpaceToDepth"] = SpaceToDepth;
    }

    /// <summary>The permutation that Transpose applies.</summary>
    public static int[] Order(OnnxCall call, int rank)
    {
        if (call.Integers("perm") is not { } order) return [.. Enumerable.Range(0, rank).Reverse()];
        return order.Length == rank && order.Order().SequenceEqual(Enumerable.Range(0, rank).Select(i => (long)i))
            ? Array.ConvertAll(order, i => (int)i)
            : throw call.Mismatch($"permutes {rank} dimensions by [{string.Join(", ", order)}]", "expected each dimension once");
    }

    /// <summary>The tensor whose dimension i is the input's dimension order[i].</summary>
    public static Constant Transpose(Constant input, int[] order)
    {
        Shape shape = Shape.Create(Array.ConvertAll(order, i => input.Shape[i]));
        long[] own = StridedCopy.RowMajor(input.Shape);
        double[] source = input.Numbers, target = new double[shape.ElementCount];
        Strided.Walk(shape, Array.ConvertAll(order, i => own[i]), (written, read) => target[written] = source[read]);
        return new Constant(input.Type, shape, target);
    }

    /// <summary>Not ONNX's: Reshape to the first shape, Transpose of dimensions 1 and 2, Reshape to the second.</summary>
    private static Constant[] ChannelShuffle(OnnxCall call)
    {
        Shape split = ShapeOperators.Reshaped(call, call[0].Shape);
        Constant moved = Transpose(call[0].Reshape(split), [0, 2, 1, 3, 4]);
        return [moved.Reshape(ShapeOperators.Reshaped(new OnnxCall(call.Node, [moved, call[2]]), moved.Shape))];
    }

    private static Constant[] Concat(OnnxCall call)
    {
        Constant[] inputs = call.All;
        if (inputs[0].Type == OnnxType.Text) throw call.Mismatch("joins texts", "expected numbers");
        int axis = call.Axis(call.Integer("axis", 1), inputs[0].Shape.Rank);
        foreach (Constant input in inputs)
        {
            bool fits = input.Shape.Rank == inputs[0].Shape.Rank
                && Enumerable.Range(0, input.Shape.Rank).All(i => i == axis || input.Shape[i] == inputs[0].Shape[i]);
            if (!fits) throw call.Mismatch($"joins {inputs[0].Shape} and {input.Shape}", $"expected the same sizes but in dimension {axis}");
        }
        long[] sizes = [.. inputs[0].Shape.Select(size => (long)size)];
        sizes[axis] = inputs.Sum(input => (long)input.Shape[axis]);
        Shape shape = call.ShapeOf(sizes);
        double[] target = new double[shape.ElementCount];
        int outer = Strided.Product(shape, 0, axis), line = Strided.Product(shape, axis, shape.Rank), at = 0;
        foreach (Constant input in inputs)
        {
            int length = Strided.Product(input.Shape, axis, shape.Rank);
            for (int i = 0; i < outer; i++) Array.Copy(input.Numbers, i * length, target, i * line + at, length);
            at += length;
        }
        return [new Constant(inputs[0].Type, shape, target)];
    }

    /// <summary>The lengths that Split cuts an axis into.</summary>
    public static long[] Parts(OnnxCall call, int size)
    {
        if (call.Integers("split", 1) is { } given)
            return given.Sum() == size && given.All(part => part >= 0) ? given
                : throw call.Mismatch($"splits {size} into [{string.Join(", ", given)}]", "expected parts that add up");
        long count = call.Integer("num_outputs", call.Node.Outputs.Count),
            length = Sizes.CeilingDivide(size, (int)Math.Clamp(count, 1, int.MaxValue));
        return [.. Enumerable.Range(0, (int)count).Select(i => Math.Clamp(size - i * length, 0, length))];
    }

    private static Constant[] Split(OnnxCall call)
    {
        Shape input = call[0].Shape;
        int axis = call.Axis(call.Integer("axis", 0), input.Rank);
        List<Constant> parts = [];
        long start = 0;
        foreach (long length in Parts(call, input[axis]))
        {
            parts.Add(Cut(call, call[0], axis, start, 1, length));
            start += length;
        }
        return [.. parts];
    }

    private static Constant[] Slice(OnnxCall call)
    {
        Constant result = call[0];
        int rank = result.Shape.Rank;
        long[] starts = call.Integers("starts", 1) ?? [], ends = call.Integers("ends", 2) ?? [];
        int[] axes = call.Axes(rank, 3) ?? [.. Enumerable.Range(0, starts.Length)];
        long[] steps = call.Optional(4)?.Integers ?? [.. starts.Select(_ => 1L)];
        if (ends.Length != starts.Length || axes.Length != starts.Length || steps.Length != starts.Length)
            throw call.Mismatch($"has {starts.Length} starts, {ends.Length} ends, {axes.Length} axes and {steps.Length} steps",
                "expected as many of each");
        for (int i = 0; i < starts.Length; i++)
        {
            long size = result.Shape[call.Axis(axes[i], rank)], step = steps[i];
            if (step == 0) throw call.Mismatch("has a step of 0", "expected another");
            long Limit(long index, long least, long most) => Math.Clamp(index < 0 ? index + size : index, least, most);
            long start = step > 0 ? Limit(starts[i], 0, size) : Limit(starts[i], 0, size - 1);
            long end = step > 0 ? Limit(ends[i], 0, size) : ends[i] < -size ? -1 : Limit(ends[i], -1, size - 1);
            long count = Math.Max(0, step > 0 ? (end - start + step - 1) / step : (start - end - step - 1) / -step);
            result = Cut(call, result, axes[i], start, step, count);
        }
        return [result];
    }

    /// <summary>The elements start, start + step, ... of an axis.</summary>
    private static Constant Cut(OnnxCall call, Constant input, int axis, long start, long step, long count)
    {
        Shape shape = call.ShapeOf(input.Shape.Select((size, i) => i == axis ? count : size));
        long[] strides = StridedCopy.RowMajor(input.Shape);
        long first = start * strides[axis];
        strides[axis] *= step;
        double[] source = input.Numbers, target = new double[shape.ElementCount];
        Strided.Walk(shape, strides, (written, read) => target[written] = source[read], first);
        return new Constant(input.Type, shape, target);
    }

    private static Constant[] Gather(OnnxCall call)
    {
        (Constant data, Constant indices) = (call[0], call[1]);
        int axis = call.Axis(call.Integer("axis", 0), data.Shape.Rank), size = data.Shape[axis];
        Shape shape = call.ShapeOf([.. data.Shape.Take(axis), .. indices.Shape, .. data.Shape.Skip(axis + 1)]);
        double[] target = new double[shape.ElementCount];
        int outer = Strided.Product(data.Shape, 0, axis), inner = Strided.Product(data.Shape, axis + 1, data.Shape.Rank), written = 0;
        for (int i = 0; i < outer; i++)
        {
            foreach (long index in indices.Integers)
            {
                Array.Copy(data.Numbers, (i * size + Index(call, index, size)) * inner, target, written, inner);
                written += inner;
            }
        }
        return [new Constant(data.Type, shape, target)];
    }

    private static Constant[] GatherElements(OnnxCall call)
    {
        (Constant data, Constant indices) = (call[0], call[1]);
        int rank = data.Shape.Rank, axis = call.Axis(call.Integer("axis", 0), rank);
        long[] strides = StridedCopy.RowMajor(data.Shape);
        long along = strides[axis];
        strides[axis] = 0;
        double[] target = new double[indices.Shape.ElementCount];
        Strided.Walk(indices.Shape, strides, (i, start) =>
            target[i] = data.Numbers[start + Index(call, (long)indices.Numbers[i], data.Shape[axis]) * along]);
        return [new Constant(data.Type, indices.Shape, target)];
    }

    private static long Index(OnnxCall call, long index, int size) => index >= -size && index < size ? (index < 0 ? index + size : index)
        : throw call.Mismatch($"reads index {index} of {size}", $"expected {-size} to {size - 1}");

    private static Constant[] Tile(OnnxCall call)
    {
        Constant result = call[0];
        long[] repeats = call[1].Integers;
        if (repeats.Length != result.Shape.Rank)
            throw call.Mismatch($"repeats {repeats.Length} of {result.Shape.Rank} dimensions", "expected a number for each");
        Shape shape = call.ShapeOf(result.Shape.Select((size, i) => size * Math.Clamp(repeats[i], 0, int.MaxValue)));
        double[] target = new double[shape.ElementCount];
        for (int i = 0; i < target.Length; i++) target[i] = result.Numbers[Folded(i, shape, result.Shape)];
        return [new Constant(result.Type, shape, target)];
    }

    /// <summary>The position in a tensor of which another one is a repetition.</summary>
    private static int Folded(int position, Shape from, Shape to)
    {
        int result = 0, stride = 1;
        for (int i = from.Rank - 1; i >= 0; i--)
        {
            result += position % from[i] % to[i] * stride;
            position /= from[i];
            stride *= to[i];
        }
        return result;
    }

    /// <summary>The padding before and after each dimension.</summary>
    public static long[] Padding(OnnxCall call, int rank)
    {
        long[] pads = call.Integers("pads") ?? call.Integers("paddings") ?? call.Optional(1)?.Integers ?? [];
        int[] axes = call.Optional(3) is { } given ? Array.ConvertAll(given.Integers, axis => call.Axis(axis, rank)) : [.. Enumerable.Range(0, rank)];
        if (pads.Length != 2 * axes.Length) throw call.Mismatch($"has {pads.Length} paddings", $"expected {2 * axes.Length}");
        long[] all = new long[2 * rank];
        for (int i = 0; i < axes.Length; i++) (all[axes[i]], all[rank + axes[i]]) = (pads[i], pads[axes.Length + i]);
        return all;
    }

    private static Constant[] Pad(OnnxCall call)
    {
        Constant input = call[0];
        int rank = input.Shape.Rank;
        long[] pads = Padding(call, rank);
        double value = call.Optional(2)?.Scalar ?? call.Number("value", 0);
        string mode = call.Text("mode", "constant");
        Shape shape = call.ShapeOf(input.Shape.Select((size, i) => Math.Clamp(size + pads[i] + pads[rank + i], -1, int.MaxValue)));
        long[] strides = StridedCopy.RowMajor(shape), own = StridedCopy.RowMajor(input.Shape);
        double[] target = new double[shape.ElementCount];
        for (int i = 0; i < target.Length; i++)
        {
            long read = 0;
            for (int d = 0; d < rank && read >= 0; d++)
            {
                long index = Source(call, mode, i / strides[d] % shape[d] - pads[d], input.Shape[d]);
                read = index < 0 ? -1 : read + index * own[d];
            }
            target[i] = read < 0 ? value : input.Numbers[read];
        }
        return [new Constant(input.Type, shape, target)];
    }

    /// <summary>The index that a padded one copies; -1 for the constant.</summary>
    private static long Source(OnnxCall call, string mode, long index, int size)
    {
        if (index >= 0 && index < size) return index;
        switch (mode)
        {
            case "constant": return -1;
            case "edge" when size > 0: return Math.Clamp(index, 0, size - 1);
            case "reflect" when size > 1:
                long period = 2L * (size - 1), folded = (index % period + period) % period;
                return Math.Min(folded, period - folded);
            case "wrap" when size > 0: return (index % size + size) % size;
            default: throw call.Mismatch($"pads {size} elements in mode '{mode}'", "expected constant, edge, reflect or wrap");
        }
    }

    private static Constant[] DepthToSpace(OnnxCall call)
    {
        (int n, int c, int h, int w) = Images(call);
        int block = Block(call);
        if (c % (block * block) != 0) throw call.Mismatch($"reads {c} channels", $"expected a multiple of {block * block}");
        int channels = c / (block * block);
        bool columnsFirst = call.Text("mode", "DCR") == "CRD";
        Shape split = columnsFirst ? call.ShapeOf([n, channels, block, block, h, w]) : call.ShapeOf([n, block, block, channels, h, w]);
        Constant moved = Transpose(call[0].Reshape(split), columnsFirst ? [0, 1, 4, 2, 5, 3] : [0, 3, 4, 1, 5, 2]);
        return [moved.Reshape([n, channels, h * block, w * block])];
    }

    private static Constant[] SpaceToDepth(OnnxCall call)
    {
        (int n, int c, int h, int w) = Images(call);
        int block = Block(call);
        if (h % block != 0 || w % block != 0) throw call.Mismatch($"reads planes of {h} x {w}", $"expected multiples of {block}");
        Constant moved = Transpose(call[0].Reshape(call.ShapeOf([n, c, h / block, block, w / block, block])), [0, 3, 5, 1, 2, 4]);
        return [moved.Reshape([n, c * block * block, h / block, w / block])];
    }

    private static int Block(OnnxCall call) => call.Integer("blocksize", 0) is > 0 and < 1 << 15 and long block ? (int)block
        : throw call.Mismatch("has no block size", "expected at least 1");

    private static (int N, int C, int H, int W) Images(OnnxCall call) => call[0].Shape is { Rank: 4 } shape ? (shape[0], shape[1], shape[2], shape[3])
        : throw call.Mismatch($"reads {call[0].Shape}", "expected [N, C, H, W]");
}
