using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;
using ResNetManaged.Corpus.Writing;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Models;

namespace ResNetManaged.Corpus.Planning;

/// <summary>The content of <c>plan.json</c>.</summary>
internal sealed record PlanFile
{
    private const string FormatName = "resnet corpus 1";
    private const string PropertyOfId = "id";

    public string Id { get; private init; } = "";

    public required int Classes { get; init; }

    public required VectorFormat Format { get; init; }

    public required int Dimensions { get; init; }

    public required string Network { get; init; }

    public required string Weights { get; init; }

    public required SimdPath Simd { get; init; }

    public required Precision Precision { get; init; }

    public required bool Upright { get; init; }

    public required long PixelCap { get; init; }

    public required IReadOnlyDictionary<string, string> Settings { get; init; }

    public long Shards { get; private init; }

    /// <summary>The SHA-256 of the list of shards, and of the list of pictures, which covers an empty one.</summary>
    public (string Shards, string Items) Hashes { get; private init; } = ("", "");

    /// <summary>What a plan says about the network and the outputs.</summary>
    public static PlanFile Of(ImageNetwork network, CorpusOptions options)
    {
        ExecutionOptions execution = options.Execution ?? ExecutionOptions.Default;
        Imaging.ImageFileOptions reading = options.Reading ?? new();
        return new PlanFile
        {
            Classes = Math.Min(options.Classes, network.NumClasses),
            Format = options.Classes > 0 ? VectorFormat.JsonLines : options.Format,
            Dimensions = options.Classes > 0 ? 0 : network.FeatureCount,
            Network = NetworkKey.Of(network, execution, reading, options.Classes > 0),
            Weights = options.Weights,
            Simd = SimdDispatch.Resolve(execution.Simd),
            Precision = execution.Precision,
            Upright = reading.Upright,
            PixelCap = reading.PixelCap,
            Settings = options.Settings,
        };
    }

    /// <summary>The plan with its shards, and the hash of everything as its identity.</summary>
    public PlanFile With(long shards, string shardsHash, string itemsHash)
    {
        PlanFile complete = this with { Shards = shards, Hashes = (shardsHash, itemsHash), Id = "" };
        return complete with { Id = Convert.ToHexStringLower(SHA256.HashData(complete.ToJson().Span)) };
    }

    public ReadOnlyMemory<byte> ToJson()
    {
        ArrayBufferWriter<byte> text = new();
        using Utf8JsonWriter json = new(text, JsonLineWriter.Options with { Indented = true, NewLine = "\n" });
        json.WriteStartObject();
        json.WriteString("format", FormatName);
        if (Id.Length > 0) json.WriteString(PropertyOfId, Id);
        json.WriteNumber("shards", Shards);
        json.WriteString("shards_sha256", Hashes.Shards);
        json.WriteString("items_sha256", Hashes.Items);
        json.WriteNumber("classes", Classes);
        json.WriteString("vectors", Format == VectorFormat.Npy ? "npy" : "jsonl");
        json.WriteNumber("dimensions", Dimensions);
        json.WriteString("network", Network);
        json.WriteString("weights", Weights);
        json.WriteString("isa", SimdDispatch.NameOf(Simd));
        json.WriteString("precision", Precision == Precision.Fast ? "fast" : "exact");
        json.WriteBoolean("upright", Upright);
        json.WriteNumber("pixel_cap", PixelCap);
        json.WriteStartObject("settings");
        foreach ((string name, string value) in Settings.OrderBy(setting => setting.Key, StringComparer.Ordinal)) json.WriteString(name, value);
        json.WriteEndObject();
        json.WriteEndObject();
        json.Flush();
        return text.WrittenMemory;
    }

    /// <summary>Reads the file.</summary>
    /// <exception cref="CorpusException">It is damaged.</exception>
    public static PlanFile Read(string path, byte[] content)
    {
        PlanFile? plan = null;
        Exception? cause = null;
        try
        {
            JsonElement json = JsonElement.Parse(content);
            if (Text(json, "format") == FormatName && SimdDispatch.TryParse(Text(json, "isa"), out SimdPath simd)) plan = new PlanFile
            {
                Id = Text(json, PropertyOfId),
                Shards = json.GetProperty("shards").GetInt64(),
                Hashes = (Text(json, "shards_sha256"), Text(json, "items_sha256")),
                Classes = json.GetProperty("classes").GetInt32(),
                Format = Text(json, "vectors") == "npy" ? VectorFormat.Npy : VectorFormat.JsonLines,
                Dimensions = json.GetProperty("dimensions").GetInt32(),
                Network = Text(json, "network"),
                Weights = Text(json, "weights"),
                Simd = simd,
                Precision = Text(json, "precision") == "fast" ? Precision.Fast : Precision.Exact,
                Upright = json.GetProperty("upright").GetBoolean(),
                PixelCap = json.GetProperty("pixel_cap").GetInt64(),
                Settings = json.GetProperty("settings").EnumerateObject().ToDictionary(setting => setting.Name, setting => setting.Value.GetString() ?? ""),
            };
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            cause = exception;
        }
        return plan is not null && plan.With(plan.Shards, plan.Hashes.Shards, plan.Hashes.Items).Id == plan.Id ? plan
            : throw new CorpusException($"The plan '{path}' is damaged or of another version; expected what 'resnet corpus plan' wrote.", cause);
    }

    private static string Text(JsonElement json, string name) => json.GetProperty(name).GetString() ?? "";
}
