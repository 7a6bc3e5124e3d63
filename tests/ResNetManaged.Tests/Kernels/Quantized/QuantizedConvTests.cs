using System.Numerics;
using System.Runtime.Intrinsics;
using NUnit.Framework;
using ResNetManaged.Kernels.Convolution;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Quantized;
using ResNetManaged.Kernels.Quantized.Dots;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Kernels.Threading;

namespace ResNetManaged.Tests.Kernels.Quantized;

/// <summary>Convolutions of bytes on every instruction set, against the definition in integers.</summary>
public sealed unsafe class QuantizedConvTests
{
    private static readonly (string Name, bool IsAccelerated, DotMode Most, Func<DotKernels> Create)[] Sets =
    [
        ("512, 8 and 8", Dot512<WideMode>.IsAccelerated, DotMode.Wide, DotKernels.Of<Dot512<WideMode>, Vector512<int>, Simd512, Vector512<float>>),
        ("512, 8 and 7", Dot512<TwosMode>.IsAccelerated, DotMode.Twos, DotKernels.Of<Dot512<TwosMode>, Vector512<int>, Simd512, Vector512<float>>),
        ("512, 7 and 7", Dot512<FoursMode>.IsAccelerated, DotMode.Fours, DotKernels.Of<Dot512<FoursMode>, Vector512<int>, Simd512, Vector512<float>>),
        ("256, 8 and 8", Dot256<WideMode>.IsAccelerated, DotMode.Wide, DotKernels.Of<Dot256<WideMode>, Vector256<int>, Simd256, Vector256<float>>),
        ("256, 8 and 7", Dot256<TwosMode>.IsAccelerated, DotMode.Twos, DotKernels.Of<Dot256<TwosMode>, Vector256<int>, Simd256, Vector256<float>>),
        ("256, 7 and 7", Dot256<FoursMode>.IsAccelerated, DotMode.Fours, DotKernels.Of<Dot256<FoursMode>, Vector256<int>, Simd256, Vector256<float>>),
        ("128, 8 and 8", Dot128<WideMode>.IsAccelerated, DotMode.Wide, DotKernels.Of<Dot128<WideMode>, Vector128<int>, Simd128, Vector128<float>>),
        ("128, 8 and 7", Dot128<TwosMode>.IsAccelerated, DotMode.Twos, DotKernels.Of<Dot128<TwosMode>, Vector128<int>, Simd128, Vector128<float>>),
        ("128, 7 and 7", Dot128<FoursMode>.IsAccelerated, DotMode.Fours, DotKernels.Of<Dot128<FoursMode>, Vector128<int>, Simd128, Vector128<float>>),
        ("VNNI", DotVnni.IsAccelerated, DotMode.Wide, DotKernels.Of<DotVnni, Vector256<int>, Simd256, Vector256<float>>),
        ("Arm", DotArm.IsAccelerated, DotMode.Wide, DotKernels.Of<DotArm, Vector128<int>, Simd128, Vector128<float>>),
        ("portable", DotPortable.IsAccelerated, DotMode.Wide, DotKernels.Of<DotPortable, Vector<int>, SimdPortable, Vector<float>>),
        ("scalar", DotScalar.IsAccelerated, DotMode.Wide, DotKernels.Of<DotScalar, int, SimdScalar, float>),
    ];

    private static readonly Dictionary<string, (ConvGeometry Geometry, int BlockSize)> Cases = new()
    {
        ["1x1"] = (new ConvGeometry(2, 64, (5, 9), 48, 1, 1, 0, 1, 1), 16),
        ["1x1, strided"] = (new ConvGeometry(1, 32, (8, 9), 20, 1, 2, 0, 1, 1), 16),
        ["3x3"] = (new ConvGeometry(2, 20, (7, 15), 37, 3, 1, 1, 1, 1), 16),
        ["3x3, strided and dilated"] = (new ConvGeometry(1, 16, (11, 14), 16, 3, 2, 2, 2, 1), 16),
        ["groups"] = (new ConvGeometry(1, 40, (6, 8), 80, 3, 1, 1, 1, 10), 16),
        ["depthwise"] = (new ConvGeometry(1, 36, (6, 8), 36, 3, 1, 1, 1, 36), 16),
        ["the stem"] = (new ConvGeometry(2, 3, (17, 18), 24, 7, 2, 3, 1, 1), 4),
        ["a small stem"] = (new ConvGeometry(1, 3, (8, 8), 16, 3, 1, 1, 1, 1), 4),
        ["one pixel"] = (new ConvGeometry(1, 100, (1, 1), 10, 1, 1, 0, 1, 1), 16),
    };

    private static IEnumerable<TestCaseData> AllCases() => from set in Sets from name in Cases.Keys select new TestCaseData(set.Name, name);

    [TestCaseSource(nameof(AllCases))]
    public void SumsAreExactWithTheLargestFactors(string set, string name)
    {
        (_, bool isAccelerated, DotMode mode, Func<DotKernels> create) = Array.Find(Sets, other => other.Name == set);
        if (!isAccelerated) Assert.Ignore("this processor lacks the instructions");
        (ConvGeometry geometry, int blockSize) = Cases[name];
        // Every pair of limits that the mode promises to sum exactly; most factors are extreme.
        (int X, int W)[] limits = mode switch { DotMode.Fours => [(127, 63)], DotMode.Twos => [(255, 63), (127, 127)], _ => [(255, 127)] };
        foreach ((int maxX, int maxW) in limits)
        {
            Problem problem = new(geometry, blockSize, maxX, maxW, zeroPoint: 3);
            foreach (int threads in (int[])[1, 3])
                Assert.That(problem.Floats(create(), threads), Is.EqualTo(problem.Expected()), $"{maxX} and {maxW}, {threads} threads");
        }
    }

    [TestCaseSource(nameof(AllCases))]
    public void ResultsAreScaledRoundedAndLimitedAsDefined(string set, string name)
    {
        (_, bool isAccelerated, DotMode mode, Func<DotKernels> create) = Array.Find(Sets, other => other.Name == set);
        if (!isAccelerated) Assert.Ignore("this processor lacks the instructions");
        (ConvGeometry geometry, int blockSize) = Cases[name];
        Problem problem = new(geometry, blockSize, 127, mode == DotMode.Fours ? 63 : 127, zeroPoint: 0);
        foreach (bool adds in (bool[])[false, true])
            Assert.That(problem.Bytes(create(), adds), Is.EqualTo(problem.ExpectedBytes(adds)), adds ? "with a residual" : "without a residual");
    }

    /// <summary>A convolution of random bytes.</summary>
    private sealed class Problem
    {
        private const float Factor = 0.0007f, ResidualFactor = 0.37f;
        private const int OutputZero = 11, OutputMax = 127;

        private readonly ConvGeometry _geometry;
        private readonly int _zeroPoint;
        private readonly byte[] _input, _residual; // NCHW
        private readonly float[] _weight;
        private readonly float[] _shift;
        private readonly BlockedLayout _inputLayout, _outputLayout;
        private readonly byte[] _blocked, _blockedResidual;

        public Problem(in ConvGeometry geometry, int blockSize, int maxX, int maxW, int zeroPoint)
        {
            (_geometry, _zeroPoint) = (geometry, zeroPoint);
            Random random = new(17);
            int Extreme(int low, int high) => random.Next(4) switch { 0 => low, 1 => random.Next(low, high + 1), _ => high };
            _input = [.. Enumerable.Range(0, geometry.InputLength).Select(_ => (byte)Extreme(0, maxX))];
            _residual = [.. Enumerable.Range(0, geometry.OutputLength).Select(_ => (byte)random.Next(256))];
            _weight = [.. Enumerable.Range(0, geometry.WeightLength).Select(_ => (float)Extreme(-maxW, maxW))];
            _shift = [.. Enumerable.Range(0, geometry.OutChannels).Select(_ => (float)(random.NextDouble() * 40 - 20))];
            _inputLayout = new BlockedLayout(geometry.InChannels, geometry.Input, QuantizedConv.InputHalo(geometry, blockSize), blockSize);
            _outputLayout = new BlockedLayout(geometry.OutChannels, geometry.Output, new Halo(1, 1, 0, 2));
            _blocked = Block(_input, _inputLayout, (byte)zeroPoint);
            _blockedResidual = Block(_residual, _outputLayout, 0);
        }

        /// <summary>The sums themselves, which floats hold exactly.</summary>
        public float[] Floats(DotKernels kernels, int threads)
        {
            QuantizedConv conv = new(_geometry, kernels, _inputLayout, _outputLayout, _outputLayout) { Limits = (float.NegativeInfinity, float.PositiveInfinity, 0) };
            float[] output = new float[_geometry.Batch * _outputLayout.ImageStride];
            fixed (float* floats = output) Run(conv, kernels, 1, 0, null, null, floats, threads);
            return Unblock(output);
        }

        public byte[] Bytes(DotKernels kernels, bool adds)
        {
            QuantizedConv conv = new(_geometry, kernels, _inputLayout, _outputLayout, _outputLayout)
            {
                Limits = (-OutputZero, OutputMax - OutputZero, OutputZero),
                ResidualFactor = ResidualFactor,
            };
            byte[] output = new byte[_geometry.Batch * _outputLayout.ImageStride];
            fixed (byte* bytes = output, residual = _blockedResidual) Run(conv, kernels, Factor, 1, adds ? residual : null, bytes, null, 1);
            return Unblock(output);
        }

        public float[] Expected() => [.. Sums().Select(sum => (float)sum)];

        public byte[] ExpectedBytes(bool adds)
        {
            int[] sums = Sums();
            byte[] expected = new byte[sums.Length];
            for (int i = 0; i < expected.Length; i++)
            {
                float product = (float)sums[i] * Factor, y = product + _shift[i / _geometry.Output.Area % _geometry.OutChannels];
                float added = _residual[i] * ResidualFactor;
                if (adds) y += added;
                expected[i] = (byte)(MathF.Round(Math.Clamp(y, -OutputZero, OutputMax - OutputZero), MidpointRounding.ToEven) + OutputZero);
            }
            return expected;
        }

        private void Run(QuantizedConv conv, DotKernels kernels, float factor, float shift, byte* residual, byte* bytes, float* floats, int threads)
        {
            QuantizedPanels panels = conv.Panels;
            sbyte[] weights = new sbyte[panels.WeightLength];
            int[] sums = new int[_geometry.OutChannels], start = new int[panels.Channels];
            float[] ones = new float[_geometry.OutChannels], factors = new float[panels.Channels], shifts = new float[panels.Channels];
            Array.Fill(ones, 1);
            panels.Pack(_weight, ones, weights, sums);
            for (int c = 0; c < sums.Length; c++) (start[c], factors[c], shifts[c]) = ((kernels.Offset - _zeroPoint) * sums[c], factor, shift * _shift[c]);
            fixed (byte* input = _blocked)
            fixed (sbyte* w = weights)
            fixed (int* s = start)
            fixed (float* f = factors, b = shifts)
            {
                for (int thread = 0; thread < threads; thread++)
                    conv.Run(input, new QuantizedFactors(w, s, f, b), residual, bytes, floats, w, new WorkShare(thread, threads));
            }
        }

        /// <summary>The definition: products of weights and activations without their zero point, summed in integers.</summary>
        private int[] Sums()
        {
            ConvGeometry g = _geometry;
            int[] sums = new int[g.OutputLength];
            int inGroup = g.InChannels / g.Groups, outGroup = g.OutChannels / g.Groups, i = 0;
            for (int n = 0; n < g.Batch; n++)
                for (int o = 0; o < g.OutChannels; o++)
                    for (int h = 0; h < g.Output.Height; h++)
                        for (int w = 0; w < g.Output.Width; w++, i++)
                            for (int c = 0; c < inGroup; c++)
                                for (int kh = 0; kh < g.Kernel.Height; kh++)
                                    for (int kw = 0; kw < g.Kernel.Width; kw++)
                                    {
                                        int row = h * g.Stride.Height - g.Padding.Top + kh * g.Dilation.Height, column = w * g.Stride.Width - g.Padding.Left + kw * g.Dilation.Width;
                                        if (row < 0 || column < 0 || row >= g.Input.Height || column >= g.Input.Width) continue;
                                        int x = _input[((n * g.InChannels + o / outGroup * inGroup + c) * g.Input.Height + row) * g.Input.Width + column] - _zeroPoint;
                                        sums[i] += x * (int)_weight[((o * inGroup + c) * g.Kernel.Height + kh) * g.Kernel.Width + kw];
                                    }
            return sums;
        }

        private byte[] Block(byte[] planes, BlockedLayout layout, byte zero)
        {
            byte[] blocked = new byte[_geometry.Batch * layout.ImageStride + 64];
            Array.Fill(blocked, zero);
            ForEach(layout, (i, offset) => blocked[offset] = planes[i]);
            return blocked;
        }

        private T[] Unblock<T>(T[] blocked)
        {
            T[] planes = new T[_geometry.OutputLength];
            ForEach(_outputLayout, (i, offset) => planes[i] = blocked[offset]);
            return planes;
        }

        private void ForEach(BlockedLayout layout, Action<int, long> visit)
        {
            int i = 0;
            for (int n = 0; n < _geometry.Batch; n++)
                for (int c = 0; c < layout.Channels; c++)
                    for (int h = 0; h < layout.Size.Height; h++)
                        for (int w = 0; w < layout.Size.Width; w++)
                            visit(i++, n * (long)layout.ImageStride + layout.ChannelOffset(c) + layout.Offset(h, w));
        }
    }
}
