using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ResNetManaged.Kernels.Simd;

/// <summary>Chooses the vector width of the hand-written kernels: which ones this processor has, and which one to use.</summary>
/// <remarks>
/// The ladder goes from wide to narrow: <see cref="SimdPath.Vector512"/>, <see cref="SimdPath.Vector256"/>,
/// <see cref="SimdPath.Vector128"/>, <see cref="SimdPath.Portable"/>, <see cref="SimdPath.Scalar"/>. A kernel enters it once,
/// at its edge. The environment variable <c>RESNETMANAGED_SIMD</c> (<c>auto</c>, <c>512</c>, <c>256</c>,
/// <c>128</c>, <c>portable</c> or <c>scalar</c>) determines what <see cref="SimdPath.Auto"/> means; it is read once.
/// </remarks>
public static class SimdDispatch
{
    /// <summary>The environment variable that names the path that <see cref="SimdPath.Auto"/> stands for: <see cref="Names"/>.</summary>
    internal const string EnvironmentVariable = "RESNETMANAGED_SIMD";

    private const string AutoName = "auto";

    private static readonly (SimdPath Path, string Name)[] Ladder =
    [
        (SimdPath.Vector512, "512"),
        (SimdPath.Vector256, "256"),
        (SimdPath.Vector128, "128"),
        (SimdPath.Portable, "portable"),
        (SimdPath.Scalar, "scalar"),
    ];

    /// <summary>What lacks a path: a Native AOT build fixes the widths at build time.</summary>
    private static string Lacking => RuntimeFeature.IsDynamicCodeCompiled ? "this processor" : "this build (see IlcInstructionSet) or processor";

    private static SimdPath _auto; // Auto until first resolved

    /// <summary>The names of the paths, as the environment variable and the command line spell them.</summary>
    internal static string Names { get; } = string.Join('|', Ladder.Select(rung => rung.Name).Prepend(AutoName));

    /// <summary>
    /// The paths that this processor supports in hardware, widest first; <see cref="SimdPath.Scalar"/> is always last. A Native AOT build has
    /// only those it was built for (<c>IlcInstructionSet</c>).
    /// </summary>
    public static IReadOnlyList<SimdPath> Accelerated { get; } = [.. Ladder.Select(rung => rung.Path).Where(IsAccelerated)];

    /// <summary>Parses the name of a path, ignoring case.</summary>
    /// <param name="name">One of <see cref="Names"/>, or the name of the enumeration's value: <c>Vector512</c>.</param>
    /// <param name="path">The path; <see cref="SimdPath.Auto"/> when the name is unknown.</param>
    /// <returns>Whether the name is known.</returns>
    internal static bool TryParse(string? name, out SimdPath path)
    {
        path = SimdPath.Auto;
        if (string.Equals(name, AutoName, StringComparison.OrdinalIgnoreCase)) return true;
        foreach ((SimdPath rung, string rungName) in Ladder)
        {
            bool isNamed = string.Equals(name, rungName, StringComparison.OrdinalIgnoreCase)
                || string.Equals(name, rung.ToString(), StringComparison.OrdinalIgnoreCase);
            if (!isNamed) continue;
            path = rung;
            return true;
        }
        return false;
    }

    /// <summary>The path used when <paramref name="path"/> is requested.</summary>
    /// <param name="path">A path, or <see cref="SimdPath.Auto"/>.</param>
    /// <returns>Never <see cref="SimdPath.Auto"/>.</returns>
    /// <exception cref="PlatformNotSupportedException">This processor, or this Native AOT build, does not have the requested path.</exception>
    /// <exception cref="InvalidOperationException">The environment variable does not name a path.</exception>
    public static SimdPath Resolve(SimdPath path)
    {
        if (path == SimdPath.Auto)
        {
            if (_auto == SimdPath.Auto) _auto = ResolveAuto(Environment.GetEnvironmentVariable(EnvironmentVariable));
            return _auto;
        }
        if (IsAccelerated(path)) return path;
        throw new PlatformNotSupportedException(
            $"SIMD path '{NameOf(path)}' was requested, but {Lacking} does not accelerate it; it has {NamesOf(Accelerated)}.");
    }

    /// <summary>The name of a path, as the environment variable and the command line spell it.</summary>
    /// <param name="path">A path.</param>
    /// <returns><c>auto</c>, <c>512</c>, <c>256</c>, <c>128</c>, <c>portable</c> or <c>scalar</c>.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The value is not one of the enumeration's.</exception>
    public static string NameOf(SimdPath path) => path == SimdPath.Auto
        ? AutoName
        : Array.Find(Ladder, rung => rung.Path == path).Name
            ?? throw new ArgumentOutOfRangeException(nameof(path), path, $"SIMD path {path} is unknown; expected {Names}.");

    /// <summary>What <see cref="SimdPath.Auto"/> means, given the environment variable's value (null or empty when it is not set).</summary>
    internal static SimdPath ResolveAuto(string? setting)
    {
        if (string.IsNullOrEmpty(setting)) return Accelerated[0];
        if (!TryParse(setting, out SimdPath path))
            throw new InvalidOperationException($"Environment variable {EnvironmentVariable} is '{setting}'; expected {Names}.");
        return path == SimdPath.Auto ? Accelerated[0] : Resolve(path);
    }

    /// <summary>Runs a computation on a width that <see cref="Resolve"/> returned (tests also run those it rejects, slowly).</summary>
    internal static void Run<TAction>(SimdPath path, in TAction action) where TAction : struct, ISimdAction
    {
        switch (path)
        {
            case SimdPath.Vector512: action.Invoke<Simd512, Vector512<float>>(); break;
            case SimdPath.Vector256: action.Invoke<Simd256, Vector256<float>>(); break;
            case SimdPath.Vector128: action.Invoke<Simd128, Vector128<float>>(); break;
            case SimdPath.Portable: action.Invoke<SimdPortable, Vector<float>>(); break;
            case SimdPath.Scalar: action.Invoke<SimdScalar, float>(); break;
            default: throw new ArgumentOutOfRangeException(nameof(path), path, "The SIMD path must be resolved first.");
        }
    }

    private static bool IsAccelerated(SimdPath path) => path switch
    {
        SimdPath.Vector512 => Simd512.IsAccelerated,
        SimdPath.Vector256 => Simd256.IsAccelerated,
        SimdPath.Vector128 => Simd128.IsAccelerated,
        SimdPath.Portable => SimdPortable.IsAccelerated,
        SimdPath.Scalar => SimdScalar.IsAccelerated,
        _ => false,
    };

    private static string NamesOf(IEnumerable<SimdPath> paths) =>
        string.Join(", ", paths.Select(NameOf));
}
