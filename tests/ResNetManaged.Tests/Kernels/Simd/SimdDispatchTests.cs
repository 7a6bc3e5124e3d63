using System.Numerics;
using System.Runtime.Intrinsics;
using NUnit.Framework;
using ResNetManaged.Kernels.Simd;

namespace ResNetManaged.Tests.Kernels.Simd;

public sealed class SimdDispatchTests
{
    [Test]
    public void AutoIsTheWidestAcceleratedRung()
    {
        SimdPath widest = Vector512.IsHardwareAccelerated ? SimdPath.Vector512
            : Vector256.IsHardwareAccelerated ? SimdPath.Vector256
            : Vector128.IsHardwareAccelerated ? SimdPath.Vector128
            : Vector.IsHardwareAccelerated ? SimdPath.Portable
            : SimdPath.Scalar;
        Assert.That(SimdDispatch.ResolveAuto(null), Is.EqualTo(widest));
        Assert.That(SimdDispatch.ResolveAuto(""), Is.EqualTo(widest));
        Assert.That(SimdDispatch.ResolveAuto("auto"), Is.EqualTo(widest));
        Assert.That(SimdDispatch.Accelerated[0], Is.EqualTo(widest));
    }

    /// <summary>.ci/run uses these variables to test narrower vectors; a variable without effect would make that run meaningless.</summary>
    [TestCase("DOTNET_EnableAVX512", SimdPath.Vector512)]
    [TestCase("DOTNET_EnableAVX2", SimdPath.Vector256)]
    [TestCase("DOTNET_EnableHWIntrinsic", SimdPath.Vector256)]
    public void AWidthDisabledInTheRuntimeIsNotAccelerated(string variable, SimdPath path)
    {
        bool off = Environment.GetEnvironmentVariable(variable) == "0";
        bool accelerated = path == SimdPath.Vector512 ? Vector512.IsHardwareAccelerated : Vector256.IsHardwareAccelerated;
        Assert.That(off && accelerated, Is.False);
        Assert.That(SimdDispatch.Accelerated.Contains(path), Is.EqualTo(accelerated));
    }

    /// <summary>.ci/run states the vector width that each run of this suite tests; testing another one would prove nothing.</summary>
    [Test]
    public void TheRungStatedForThisRunIsInUse()
    {
        const string Variable = "RESNETMANAGED_EXPECTED_SIMD";
        string? expected = Environment.GetEnvironmentVariable(Variable);
        if (string.IsNullOrEmpty(expected)) Assert.Ignore($"{Variable} is not set: any rung is fine");
        Assert.That(SimdDispatch.NameOf(SimdDispatch.Resolve(SimdPath.Auto)), Is.EqualTo(expected));
    }

    [Test]
    public void AutoFollowsTheEnvironmentVariable() =>
        Assert.That(SimdDispatch.Resolve(SimdPath.Auto),
            Is.EqualTo(SimdDispatch.ResolveAuto(Environment.GetEnvironmentVariable(SimdDispatch.EnvironmentVariable))));

    [Test]
    public void TheEnvironmentVariableForcesARung()
    {
        Assert.That(SimdDispatch.ResolveAuto("scalar"), Is.EqualTo(SimdPath.Scalar));
        Assert.That(SimdDispatch.ResolveAuto("SCALAR"), Is.EqualTo(SimdPath.Scalar));
    }

    [Test]
    public void AnInvalidValueOfTheEnvironmentVariableIsReported() =>
        Assert.That(() => SimdDispatch.ResolveAuto("avx9"),
            Throws.InvalidOperationException.With.Message.EqualTo(
                "Environment variable RESNETMANAGED_SIMD is 'avx9'; expected auto|512|256|128|portable|scalar."));

    [TestCase("auto", SimdPath.Auto)]
    [TestCase("512", SimdPath.Vector512)]
    [TestCase("256", SimdPath.Vector256)]
    [TestCase("128", SimdPath.Vector128)]
    [TestCase("portable", SimdPath.Portable)]
    [TestCase("Scalar", SimdPath.Scalar)]
    [TestCase("Vector256", SimdPath.Vector256)]
    public void EveryRungHasAName(string name, SimdPath path)
    {
        Assert.That(SimdDispatch.TryParse(name, out SimdPath parsed), Is.True);
        Assert.That(parsed, Is.EqualTo(path));
        Assert.That(SimdDispatch.TryParse(SimdDispatch.NameOf(path), out SimdPath again) && again == path);
    }

    [TestCase("64")]
    [TestCase("")]
    [TestCase(null)]
    public void RejectsOtherNames(string? name) => Assert.That(SimdDispatch.TryParse(name, out _), Is.False);

    [TestCaseSource(typeof(Rungs), nameof(Rungs.All))]
    public void ForcingARungSelectsItOrReportsThatItIsNotAccelerated(SimdPath path)
    {
        if (SimdDispatch.Accelerated.Contains(path)) Assert.That(SimdDispatch.Resolve(path), Is.EqualTo(path));
        else Assert.That(() => SimdDispatch.Resolve(path),
            Throws.TypeOf<PlatformNotSupportedException>().With.Message.Contains("does not accelerate"));
    }

    [Test]
    public void ScalarIsTheLastRung() => Assert.That(SimdDispatch.Accelerated[^1], Is.EqualTo(SimdPath.Scalar));
}
