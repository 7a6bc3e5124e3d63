using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace ResNetManaged.Imaging.Jpeg.Samples;

/// <summary>Takes elements of two vectors in turns.</summary>
internal static class Interleave
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<short> Lower(Vector128<short> x, Vector128<short> y)
    {
        if (Sse2.IsSupported) return Sse2.UnpackLow(x, y);
        if (AdvSimd.Arm64.IsSupported) return AdvSimd.Arm64.ZipLow(x, y);
        return (Vector128.WidenLower(x.AsUInt16()) | Vector128.WidenLower(y.AsUInt16()) << 16).AsInt16();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<short> Upper(Vector128<short> x, Vector128<short> y)
    {
        if (Sse2.IsSupported) return Sse2.UnpackHigh(x, y);
        if (AdvSimd.Arm64.IsSupported) return AdvSimd.Arm64.ZipHigh(x, y);
        return (Vector128.WidenUpper(x.AsUInt16()) | Vector128.WidenUpper(y.AsUInt16()) << 16).AsInt16();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Lower(Vector128<byte> x, Vector128<byte> y)
    {
        if (Sse2.IsSupported) return Sse2.UnpackLow(x, y);
        if (AdvSimd.Arm64.IsSupported) return AdvSimd.Arm64.ZipLow(x, y);
        return (Vector128.WidenLower(x) | Vector128.WidenLower(y) << 8).AsByte();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Upper(Vector128<byte> x, Vector128<byte> y)
    {
        if (Sse2.IsSupported) return Sse2.UnpackHigh(x, y);
        if (AdvSimd.Arm64.IsSupported) return AdvSimd.Arm64.ZipHigh(x, y);
        return (Vector128.WidenUpper(x) | Vector128.WidenUpper(y) << 8).AsByte();
    }
}
