using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Memory;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Kernels.Threading;

namespace ResNetManaged.Kernels.Elementwise;

/// <summary>
/// Each channel of the output is a channel of the input or 0, on blocked activations: slices and shuffles of channels, and their gradients.
/// </summary>
/// <remarks>
/// A vector of the output takes its lanes from a few vectors of the input: two or three for a slice or two groups. Each is permuted, and lanes of
/// other vectors keep their values.
/// </remarks>
internal sealed unsafe class BlockedChannelSelection<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    private readonly BlockedLayout _input, _output;
    private readonly int _images;
    private readonly (int First, int End)[] _parts; // of each vector of the output
    private readonly nint[] _offsets; // of each part: from an input pixel's first channel to its vector
    private readonly PinnedArray _lanes; // of each part: which lanes it takes, as integers, then 1 for each lane that it gives and 0 elsewhere

    /// <summary>Prepares a selection.</summary>
    /// <param name="images">N.</param>
    /// <param name="sources">For each channel of the output, the channel of the input; -1 for 0.</param>
    /// <param name="input">The input's layout.</param>
    /// <param name="output">The output's layout.</param>
    public BlockedChannelSelection(int images, ReadOnlySpan<int> sources, BlockedLayout input, BlockedLayout output)
    {
        (_images, _input, _output) = (images, input, output);
        int lanes = TSimd.Lanes, vectors = output.Blocks * ChannelBlock.Size / lanes;
        _parts = new (int, int)[vectors];
        List<nint> offsets = [];
        List<float> tables = [];
        float[] taken = new float[lanes], given = new float[lanes];
        for (int vector = 0; vector < vectors; vector++)
        {
            int first = Math.Min(vector * lanes, sources.Length), end = Math.Min(first + lanes, sources.Length);
            SortedSet<int> needed = [];
            foreach (int source in sources[first..end])
                if (source >= 0) needed.Add(source / lanes);
            int start = offsets.Count;
            foreach (int from in needed)
            {
                offsets.Add(input.ChannelOffset(from * lanes));
                Array.Clear(taken);
                Array.Clear(given);
                for (int c = first; c < end; c++)
                {
                    if (sources[c] < 0 || sources[c] / lanes != from) continue;
                    taken[c - first] = BitConverter.Int32BitsToSingle(sources[c] % lanes);
                    given[c - first] = 1;
                }
                tables.AddRange(taken);
                tables.AddRange(given);
            }
            _parts[vector] = (start, offsets.Count);
        }
        _offsets = [.. offsets];
        _lanes = new PinnedArray(Math.Max(1, tables.Count));
        tables.CopyTo(_lanes.Span);
    }

    /// <summary>Computes this thread's rows, without their halo.</summary>
    /// <param name="input">x.</param>
    /// <param name="output">y; disjoint from x.</param>
    /// <param name="share">This thread's part.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(float* input, float* output, WorkShare share)
    {
        int rows = _output.Size.Height, width = _output.Size.Width * ChannelBlock.Size;
        (int item, int end) = share.Of(_images * rows);
        for (; item < end; item++)
        {
            (int image, int row) = Math.DivRem(item, rows);
            float* x = input + image * (nint)_input.ImageStride + _input.Offset(row, 0);
            float* y = output + image * (nint)_output.ImageStride + _output.Offset(row, 0);
            for (int vector = 0; vector < _parts.Length; vector++)
                RunVector(x, _parts[vector], y + _output.ChannelOffset(vector * TSimd.Lanes), width);
        }
    }

    /// <summary>Computes one vector of channels of a row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void RunVector(float* x, (int First, int End) parts, float* y, int width)
    {
        float* tables = _lanes.Pointer + (nint)parts.First * 2 * TSimd.Lanes;
        int count = parts.End - parts.First;
        if (count <= 3)
        {
            // Missing parts give no lane; they read an address that is valid.
            float* x0 = x + (count > 0 ? _offsets[parts.First] : 0), x1 = count > 1 ? x + _offsets[parts.First + 1] : x0;
            float* x2 = count > 2 ? x + _offsets[parts.First + 2] : x0;
            TVector taken0 = count > 0 ? TSimd.Load(tables) : default, given0 = count > 0 ? TSimd.Load(tables + TSimd.Lanes) : default;
            TVector taken1 = count > 1 ? TSimd.Load(tables + 2 * TSimd.Lanes) : default,
                given1 = count > 1 ? TSimd.Load(tables + 3 * TSimd.Lanes) : default;
            TVector taken2 = count > 2 ? TSimd.Load(tables + 4 * TSimd.Lanes) : default,
                given2 = count > 2 ? TSimd.Load(tables + 5 * TSimd.Lanes) : default;
            for (nint i = 0; i < width; i += ChannelBlock.Size)
            {
                TVector sum = TSimd.SelectGreater(given0, default, TSimd.Permute(TSimd.Load(x0 + i), taken0), default);
                if (count > 1) sum = TSimd.SelectGreater(given1, default, TSimd.Permute(TSimd.Load(x1 + i), taken1), sum);
                if (count > 2) sum = TSimd.SelectGreater(given2, default, TSimd.Permute(TSimd.Load(x2 + i), taken2), sum);
                TSimd.Store(sum, y + i);
            }
            return;
        }
        for (nint i = 0; i < width; i += ChannelBlock.Size)
        {
            TVector sum = default;
            float* table = tables;
            for (int part = parts.First; part < parts.End; part++, table += 2 * TSimd.Lanes)
            {
                TVector permuted = TSimd.Permute(TSimd.Load(x + _offsets[part] + i), TSimd.Load(table));
                sum = TSimd.SelectGreater(TSimd.Load(table + TSimd.Lanes), default, permuted, sum);
            }
            TSimd.Store(sum, y + i);
        }
    }
}
