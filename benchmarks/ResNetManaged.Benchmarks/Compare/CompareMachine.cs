using System.Globalization;
using System.Runtime.Intrinsics.X86;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using BenchmarkDotNet.Environments;
using ResNetManaged.Kernels.Simd;

namespace ResNetManaged.Benchmarks.Compare;

/// <summary>The machine properties that results depend on.</summary>
/// <param name="Cpu">The processor's name; with its family if a virtual machine hides the model: <c>AMD EPYC, family 25</c>.</param>
/// <param name="Cores">The processors available to this program.</param>
/// <param name="Simd">The vector width that ResNetManaged uses.</param>
/// <param name="Allocator">The C allocator, which LibTorch depends on: <c>tcmalloc</c>, or <c>system</c>.</param>
internal sealed partial record CompareMachine(string Cpu, int Cores, string Simd, string Allocator)
{
    /// <summary>The processor's name as a folder: <c>amd-epyc-9845</c>.</summary>
    [JsonIgnore]
    public string Slug => NotForFolders().Replace(Cpu.ToLowerInvariant(), "-").Trim('-');

    /// <summary>The machine that this program runs on.</summary>
    public static CompareMachine Current() => new(
        Name(HostEnvironmentInfo.GetCurrent().Cpu.Value?.ProcessorName ?? "unknown"),
        Environment.ProcessorCount,
        SimdDispatch.NameOf(SimdDispatch.Resolve(Selection.Simd[0])),
        File.Exists("/proc/self/maps") && File.ReadAllText("/proc/self/maps").Contains("tcmalloc", StringComparison.Ordinal) ? "tcmalloc" : "system");

    private static string Name(string name)
    {
        if (name.Any(char.IsAsciiDigit) || !X86Base.IsSupported) return name;
        int signature = X86Base.CpuId(1, 0).Eax;
        int family = (signature >> 8 & 0xF) + (signature >> 20 & 0xFF); // base and extended
        return string.Create(CultureInfo.InvariantCulture, $"{name}, family {family}");
    }

    [GeneratedRegex("[^a-z0-9]+")]
    private static partial Regex NotForFolders();
}
