using System.Text.Json;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.IO;

namespace ResNetManaged.Serialization;

/// <summary>A tensor in a safetensors header. Its offsets count from the start of the data and match its shape and type.</summary>
internal sealed record SafetensorsEntry(string Name, ElementType Type, Shape Shape, long Begin, long End);

/// <summary>The JSON header of a safetensors file: an object with the tensors by name, and strings under <c>__metadata__</c>.</summary>
internal sealed class SafetensorsHeader
{
    public const string MetadataName = "__metadata__";

    private readonly string _file;
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly List<SafetensorsEntry> _entries = [];
    private readonly Dictionary<string, string> _metadata = new(StringComparer.Ordinal);

    private SafetensorsHeader(string file) => _file = file;

    public IReadOnlyList<SafetensorsEntry> Entries => _entries;

    public IReadOnlyDictionary<string, string> Metadata => _metadata;

    public static SafetensorsHeader Parse(string file, ReadOnlySpan<byte> json)
    {
        SafetensorsHeader header = new(file);
        try
        {
            Utf8JsonReader reader = new(json, new JsonReaderOptions { MaxDepth = 3 }); // the object, a tensor, its shape
            header.ReadAll(ref reader);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException) // the latter: text that is not UTF-8
        {
            throw header.Fail("is not valid JSON", "expected an object of tensors", exception);
        }
        return header;
    }

    private void ReadAll(ref Utf8JsonReader reader)
    {
        Next(ref reader, JsonTokenType.StartObject);
        while (NextName(ref reader) is { } name)
        {
            if (!_names.Add(name)) throw new CheckpointException(_file, name, "occurs twice", "expected every name once");
            Next(ref reader, JsonTokenType.StartObject);
            if (name == MetadataName) ReadMetadata(ref reader);
            else _entries.Add(ReadEntry(ref reader, name));
        }
        if (reader.Read()) throw Fail("continues after its object", "expected only spaces");
    }

    private void ReadMetadata(ref Utf8JsonReader reader)
    {
        while (NextName(ref reader) is { } key)
        {
            Next(ref reader, JsonTokenType.String);
            if (!_metadata.TryAdd(key, reader.GetString()!))
                throw new CheckpointException(_file, MetadataName, "has a key twice", "expected every key once");
        }
    }

    private SafetensorsEntry ReadEntry(ref Utf8JsonReader reader, string name)
    {
        string? typeName = null;
        List<long>? sizes = null, offsets = null;
        while (NextName(ref reader) is { } key)
        {
            switch (key)
            {
                case "dtype" when typeName is null:
                    Next(ref reader, JsonTokenType.String);
                    typeName = reader.GetString();
                    break;
                case "shape" when sizes is null: sizes = ReadIntegers(ref reader, name, UntrustedShape.MaxRank); break;
                case "data_offsets" when offsets is null: offsets = ReadIntegers(ref reader, name, 2); break;
                default:
                    throw new CheckpointException(_file, name, $"has an unknown or repeated field '{UntrustedText.Printable(key)}'",
                        "expected dtype, shape and data_offsets");
            }
        }
        if (typeName is null || sizes is null || offsets is not [long begin, long end])
            throw new CheckpointException(_file, name, "is missing a field", "expected dtype, shape and data_offsets of two numbers");

        if (TypeOf(typeName) is not { } type)
            throw new CheckpointException(_file, name, $"has type '{UntrustedText.Printable(typeName)}'",
                "expected F32, F64, F16, BF16, I64, I32, I16, I8, U8 or BOOL");
        if (!UntrustedShape.TryCreate(sizes.ToArray(), out Shape shape))
            throw new CheckpointException(_file, name, $"has shape {UntrustedShape.Format(sizes.ToArray())}", UntrustedShape.Limits);
        long length = (long)shape.ElementCount * type.Size();
        if (end < begin || end - begin != length)
            throw new CheckpointException(_file, name, $"has data_offsets [{begin}, {end}]", $"shape {shape} of {typeName} needs {length} bytes");
        return new SafetensorsEntry(name, type, shape, begin, end);
    }

    private List<long> ReadIntegers(ref Utf8JsonReader reader, string name, int maxCount)
    {
        List<long> values = [];
        Next(ref reader, JsonTokenType.StartArray);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out long value) || value < 0)
                throw new CheckpointException(_file, name, "has a size or offset that is not a nonnegative 64-bit integer", "expected one");
            if (values.Count == maxCount)
                throw new CheckpointException(_file, name, $"has a list of more than {maxCount} sizes or offsets", $"expected at most {maxCount}");
            values.Add(value);
        }
        return values;
    }

    /// <summary>The next property's name; null at the end of the object.</summary>
    private static string? NextName(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.TokenType == JsonTokenType.EndObject ? null : reader.GetString();
    }

    private void Next(ref Utf8JsonReader reader, JsonTokenType type)
    {
        if (!reader.Read() || reader.TokenType != type) throw Fail($"has {reader.TokenType} at byte {reader.TokenStartIndex}", $"expected {type}");
    }

    private static ElementType? TypeOf(string name) => name switch
    {
        "F32" => ElementType.Float32,
        "F64" => ElementType.Float64,
        "F16" => ElementType.Float16,
        "BF16" => ElementType.BFloat16,
        "I64" => ElementType.Int64,
        "I32" => ElementType.Int32,
        "I16" => ElementType.Int16,
        "I8" => ElementType.Int8,
        "U8" => ElementType.UInt8,
        "BOOL" => ElementType.Bool,
        _ => null,
    };

    private CheckpointException Fail(string found, string expected, Exception? cause = null) => new(_file, "header", found, expected, cause);
}
