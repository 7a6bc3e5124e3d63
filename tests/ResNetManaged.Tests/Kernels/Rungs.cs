namespace ResNetManaged.Tests.Kernels;

/// <summary>Every vector width, accelerated on this processor or not.</summary>
internal static class Rungs
{
    public static readonly SimdPath[] All =
        [SimdPath.Vector512, SimdPath.Vector256, SimdPath.Vector128, SimdPath.Portable, SimdPath.Scalar];
}
