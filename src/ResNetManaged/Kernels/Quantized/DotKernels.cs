using System.Numerics;
using System.Runtime.Intrinsics;
using ResNetManaged.Kernels.Quantized.Dots;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Kernels.Tiles;

namespace ResNetManaged.Kernels.Quantized;

/// <summary>The compiled kernels of one instruction set, by run and vectors of output channels.</summary>
internal sealed unsafe class DotKernels
{
    private const int LongestRun = 7, MostVectors = 2;

    private readonly DotFunction[] _kernels = new DotFunction[MostVectors * (LongestRun + 1)];

    private DotKernels(int lanes, int longest, int offset) => (Lanes, Longest, Offset) = (lanes, longest, offset);

    /// <summary>Output channels of a vector.</summary>
    public int Lanes { get; }

    /// <summary>Pixels that a run may have.</summary>
    public int Longest { get; }

    /// <summary>What is subtracted from each activation before it is multiplied: <see cref="IDot{TSums}.Offset"/>.</summary>
    public int Offset { get; }

    /// <summary>The kernel for runs of a length and a number of vectors of output channels.</summary>
    public DotFunction this[int run, int vectors] => _kernels[(vectors - 1) * (LongestRun + 1) + run];

    /// <summary>The kernels of the fastest instructions for a mode on a vector width; all give the same results.</summary>
    public static DotKernels For<TSimd, TVector>(DotMode mode)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        if (typeof(TSimd) == typeof(SimdScalar)) return Of<DotScalar, int, SimdScalar, float>();
        bool is512 = typeof(TSimd) == typeof(Simd512) && Dot512<TwosMode>.IsAccelerated, is256 = is512 || typeof(TSimd) == typeof(Simd256);
        // Sums of four products reach 634 GOP/s at 512 bits, VNNI 493 at 256 bits, sums of two products 498 at 512 bits (Zen 5, November 2026).
        if (is256 && DotVnni.IsAccelerated && !(is512 && mode == DotMode.Fours)) return Of<DotVnni, Vector256<int>, Simd256, Vector256<float>>();
        if (is256 && Dot256<TwosMode>.IsAccelerated)
        {
            return mode switch
            {
                DotMode.Fours => For256<FoursMode>(is512),
                DotMode.Twos => For256<TwosMode>(is512),
                _ => For256<WideMode>(is512),
            };
        }
        if (typeof(TSimd) == typeof(SimdPortable)) return Of<DotPortable, Vector<int>, SimdPortable, Vector<float>>();
        if (DotArm.IsAccelerated) return Of<DotArm, Vector128<int>, Simd128, Vector128<float>>();
        if (!Dot128<TwosMode>.IsAccelerated) return Of<DotPortable, Vector<int>, SimdPortable, Vector<float>>();
        return mode switch
        {
            DotMode.Fours => Of<Dot128<FoursMode>, Vector128<int>, Simd128, Vector128<float>>(),
            DotMode.Twos => Of<Dot128<TwosMode>, Vector128<int>, Simd128, Vector128<float>>(),
            _ => Of<Dot128<WideMode>, Vector128<int>, Simd128, Vector128<float>>(),
        };
    }

    /// <summary>The kernels of one instruction set.</summary>
    public static DotKernels Of<TDot, TSums, TSimd, TVector>()
        where TDot : struct, IDot<TSums>
        where TSums : struct
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        DotKernels kernels = new(TDot.Lanes, TDot.LongestRun, TDot.Offset);
        kernels.Add<TDot, TSums, TSimd, TVector, Const1>();
        kernels.Add<TDot, TSums, TSimd, TVector, Const2>();
        kernels.Add<TDot, TSums, TSimd, TVector, Const3>();
        kernels.Add<TDot, TSums, TSimd, TVector, Const4>();
        kernels.Add<TDot, TSums, TSimd, TVector, Const5>();
        kernels.Add<TDot, TSums, TSimd, TVector, Const6>();
        kernels.Add<TDot, TSums, TSimd, TVector, Const7>();
        return kernels;
    }

    private static DotKernels For256<TMode>(bool is512) where TMode : struct, IDotMode => is512
        ? Of<Dot512<TMode>, Vector512<int>, Simd512, Vector512<float>>()
        : Of<Dot256<TMode>, Vector256<int>, Simd256, Vector256<float>>();

    private void Add<TDot, TSums, TSimd, TVector, TRun>()
        where TDot : struct, IDot<TSums>
        where TSums : struct
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
        where TRun : struct, IConstant
    {
        if (TRun.Value > TDot.LongestRun) return;
        _kernels[TRun.Value] = &DotKernel<TDot, TSums, TSimd, TVector, TRun, Const1>.Run;
        _kernels[LongestRun + 1 + TRun.Value] = &DotKernel<TDot, TSums, TSimd, TVector, TRun, Const2>.Run;
    }
}
