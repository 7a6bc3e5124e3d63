using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using BenchmarkDotNet.Environments;
using ResNetManaged.Kernels;

namespace ResNetManaged.Benchmarks.Compare;

/// <summary>What results depend on, besides versions.</summary>
/// <param name="Cpu">The processor's name for itself.</param>
/// <param name="Cores">The processors that this program may use.</param>
/// <param name="Simd">The vectors that ours uses.</param>
/// <param name="Allocator">The C allocator, which LibTorch lives on: <c>tcmalloc</c>, or <c>system</c>.</param>
internal sealed partial record CompareMachine(string Cpu, int Cores, string Simd, string Allocator)
{
    /// <summary>The processor's name for a folder: <c>amd-epyc-9845</c>.</summary>
    [JsonIgnore]
    public string Slug => NotForFolders().Replace(Cpu.ToLowerInvariant(), "-").Trim('-');

    /// <summary>The machine that this program runs on.</summary>
    public static CompareMachine Current() => new(
        HostEnvironmentInfo.GetCurrent().Cpu.Value?.ProcessorName ?? "unknown",
        Environment.ProcessorCount,
        SimdDispatch.NameOf(SimdDispatch.Resolve(Selection.Simd[0])),
        File.Exists("/proc/self/maps") && File.ReadAllText("/proc/self/maps").Contains("tcmalloc", StringComparison.Ordinal) ? "tcmalloc" : "system");

    [GeneratedRegex("[^a-z0-9]+")]
    private static partial Regex NotForFolders();
}
