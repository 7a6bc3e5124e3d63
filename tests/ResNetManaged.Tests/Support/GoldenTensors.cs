using System.Text.Json;
using ResNetManaged.Layers.State;
using ResNetManaged.Serialization;
using ResNetManaged.Tensors;
using ResNetManaged.Tests.Reference;

namespace ResNetManaged.Tests.Support;

/// <summary>A .safetensors file of recorded PyTorch results and their cases; Goldens/README.md has the conventions.</summary>
internal sealed class GoldenTensors
{
    /// <summary>
    /// The largest allowed ratio of our distance from float64 to PyTorch's. Both evaluate the same expression in float32 and differ in summation order, so
    /// their errors have the same size, but neither bounds the other.
    /// </summary>
    public const double ErrorRatio = 4;

    private readonly StateDict _tensors;
    private readonly IReadOnlyDictionary<string, string> _metadata;

    private GoldenTensors(string file)
    {
        _tensors = Safetensors.Read(GoldenFiles.PathOf(file), out _metadata);
        using JsonDocument cases = JsonDocument.Parse(_metadata["cases"]);
        Cases = [.. cases.RootElement.Clone().EnumerateArray()];
    }

    /// <summary>The cases, in the file's order.</summary>
    public JsonElement[] Cases { get; }

    public static GoldenTensors Read(string file) => new(file);

    /// <summary>The case with a name.</summary>
    public JsonElement Case(string name) => Array.Find(Cases, element => element.GetProperty("name").GetString() == name);

    /// <summary>The tensor that a case recorded under a name.</summary>
    public Tensor this[JsonElement element, string output] => _tensors[$"{element.GetProperty("name").GetString()}/{output}"];

    /// <summary>A pair of bounds in the metadata, or in a JSON object there.</summary>
    public (float From, float To) Bounds(string key, string? field = null)
    {
        using JsonDocument document = JsonDocument.Parse(_metadata[key]);
        JsonElement bounds = field is null ? document.RootElement : document.RootElement.GetProperty(field);
        return (bounds[0].GetSingle(), bounds[1].GetSingle());
    }

    /// <summary>
    /// How far two float32 results may differ if one is <paramref name="difference"/> from float64: its error, ours, and a rounding of the largest
    /// value in case PyTorch's happened to be exact. Ours depends on the algorithms that a precision allows.
    /// </summary>
    public static double Tolerance(double difference, Tensor expected, Precision precision = Precision.Exact)
    {
        double largest = 0;
        foreach (float value in expected.ReadOnlySpan)
        {
            if (float.IsFinite(value)) largest = Math.Max(largest, Math.Abs(value));
        }
        return (1 + ErrorRatio * Growth(precision)) * difference + 2 * Close.UnitRoundoff * largest;
    }

    /// <summary>
    /// The ratio of a precision's errors to those of the defining sums. Winograd's F(4x4) is the least accurate of the fast algorithms, and a
    /// network's error comes from its convolutions (<see cref="WinogradBound"/>).
    /// </summary>
    public static double Growth(Precision precision) => precision == Precision.Exact ? 1 : WinogradBound.F4.Growth;

    /// <summary>Sizes written as a JSON array.</summary>
    public static Shape ShapeOf(JsonElement sizes) => Shape.Create([.. sizes.EnumerateArray().Select(size => size.GetInt32())]);

    /// <summary>A height and a width written as a JSON array.</summary>
    public static Size2D SizeOf(JsonElement size) => (size[0].GetInt32(), size[1].GetInt32());
}
