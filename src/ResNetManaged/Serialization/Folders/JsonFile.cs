using System.Text;
using System.Text.Json;
using ResNetManaged.Preprocessing;
using ResNetManaged.Tensors.IO;

namespace ResNetManaged.Serialization.Folders;

/// <summary>A JSON object beside a network's weights, which is not trusted: short, and read value by value with typed errors.</summary>
/// <param name="file">The file's path, for messages.</param>
/// <param name="root">The object.</param>
internal sealed class JsonFile(string file, JsonElement root)
{
    private const int MaxLength = 1 << 24; // 16 MiB; the names of ImageNet-21k's classes take 3
    private const int MaxDepth = 32;

    /// <summary>The file's path.</summary>
    public string File => file;

    /// <summary>The object.</summary>
    public JsonElement Root => root;

    /// <summary>Reads a file of a folder; null if there is none.</summary>
    /// <exception cref="CheckpointException">The file is too long, or not a JSON object.</exception>
    public static JsonFile? Find(string folder, string name)
    {
        string path = Path.Combine(folder, name);
        if (!System.IO.File.Exists(path)) return null;
        if (!FileKind.HasLength(path)) throw new CheckpointException(path, null, "is empty, or no file", "expected an object");
        byte[] content = Read(path);
        try
        {
            int start = content.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? Encoding.UTF8.Preamble.Length : 0;
            using JsonDocument document = JsonDocument.Parse(content.AsMemory(start), new JsonDocumentOptions { MaxDepth = MaxDepth });
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? new JsonFile(path, document.RootElement.Clone())
                : throw new CheckpointException(path, null, $"holds a JSON {document.RootElement.ValueKind}", "expected an object");
        }
        catch (JsonException exception)
        {
            throw new CheckpointException(path, null, "is not valid JSON", "expected an object", exception);
        }
    }

    /// <summary>A member; null if it is absent or null.</summary>
    public JsonElement? Find(string name) => root.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;

    /// <summary>The object in a member; this file's object if it is absent.</summary>
    public JsonFile Within(string name) => Find(name) is { } inner
        ? inner.ValueKind == JsonValueKind.Object ? new JsonFile(file, inner) : throw Fail(name, "expected an object")
        : this;

    public string? Text(string name) => Find(name) is not { } value ? null
        : value.ValueKind == JsonValueKind.String && Decode(value) is string text ? text : throw Fail(name, "expected a string");

    public bool? Flag(string name) => Find(name) is not { } value ? null
        : value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : throw Fail(name, "expected true or false");

    /// <summary>A whole number that is not negative.</summary>
    public int? Whole(string name) => Find(name) is not { } value ? null : WholeOf(value) ?? throw Fail(name, "expected a whole number");

    public double? Number(string name) => Find(name) is not { } value ? null
        : value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && double.IsFinite(number) ? number : throw Fail(name, "expected a number");

    /// <summary>A list of whole numbers that are not negative.</summary>
    public int[]? Wholes(string name)
    {
        if (Find(name) is not { } value) return null;
        int?[] numbers = value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray().Select(WholeOf)] : [null];
        return Array.TrueForAll(numbers, number => number is not null) ? Array.ConvertAll(numbers, number => number!.Value)
            : throw Fail(name, "expected a list of whole numbers");
    }

    /// <summary>Three numbers, one per channel.</summary>
    public RgbValues? Colors(string name)
    {
        if (Find(name) is not { } value) return null;
        float[] numbers = value.ValueKind == JsonValueKind.Array && value.GetArrayLength() == RgbImage.Channels
            ? [.. value.EnumerateArray().Select(number => number.ValueKind == JsonValueKind.Number && number.TryGetSingle(out float single) ? single : float.NaN)]
            : [float.NaN];
        return Array.TrueForAll(numbers, float.IsFinite) ? new RgbValues(numbers[0], numbers[1], numbers[2]) : throw Fail(name, "expected three numbers");
    }

    /// <summary>A list of strings.</summary>
    public string[]? Texts(string name)
    {
        if (Find(name) is not { } value) return null;
        string?[] texts = value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray().Select(Decode)] : [null];
        return Array.TrueForAll(texts, text => text is not null) ? Array.ConvertAll(texts, text => text!) : throw Fail(name, "expected a list of strings");
    }

    /// <summary>The error for a member.</summary>
    public CheckpointException Fail(string name, string expected) =>
        new(file, name, Find(name) is { } value ? $"is {UntrustedText.Printable(value.GetRawText())}" : "is missing", expected);

    /// <summary>A string's text; null for other values, and for text that is not valid Unicode.</summary>
    public static string? Decode(JsonElement value)
    {
        try
        {
            return value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private static int? WholeOf(JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) && number >= 0 ? number : null;

    private static byte[] Read(string path)
    {
        using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        byte[] content = new byte[(int)Math.Min(stream.Length, MaxLength) + 1];
        int length = stream.ReadAtLeast(content, content.Length, throwOnEndOfStream: false);
        return length <= MaxLength ? content[..length] : throw new CheckpointException(path, null, $"has more than {MaxLength} bytes", "expected a short JSON file");
    }
}
