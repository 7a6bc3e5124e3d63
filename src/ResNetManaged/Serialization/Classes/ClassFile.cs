using System.Globalization;
using System.Text;
using System.Text.Json;
using ResNetManaged.Tensors.IO;

namespace ResNetManaged.Serialization.Classes;

/// <summary>Reads class names from the files in which they are usually kept.</summary>
/// <remarks>
/// Text: a name a line; blank lines at the end do not count. JSON: <c>["cat", "dog"]</c>; <c>{"0": "cat", "1": "dog"}</c>; Keras's
/// <c>{"0": ["n02123045", "cat"]}</c>; <c>{"cat": 0, "dog": 1}</c>, as torchvision's <c>class_to_idx</c>; or an object whose <c>id2label</c> is one of
/// these, as transformers' <c>config.json</c>.
/// </remarks>
internal static class ClassFile
{
    private const string Kind = "Class file";
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private const int MaxLength = 1 << 21; // characters; the names of ImageNet's 21,841 classes take half of it

    /// <summary>Reads the names in the order of the logits.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="CheckpointException">The file is too long, or is JSON of another form.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public static IReadOnlyList<string> Read(string path)
    {
        if (FileKind.FaultOf(path) is string fault) throw Fail(path, null, fault, "expected a name a line, or JSON");
        char[] buffer = new char[MaxLength + 1];
        using StreamReader file = new(path, StrictUtf8);
        int length = ReadBlock(path, file, buffer);
        if (length > MaxLength) throw Fail(path, null, $"has more than {MaxLength} characters", "expected a short text or JSON file");
        string text = new(buffer, 0, length);
        if (text.Any(IsBinary)) throw NotText(path, null);
        return text.AsSpan().TrimStart() is ['[' or '{', ..] || IsJsonString(text.Trim()) ? ReadJson(path, text) : ReadLines(path, text);
    }

    private static int ReadBlock(string path, StreamReader file, char[] buffer)
    {
        try
        {
            return file.ReadBlock(buffer);
        }
        catch (DecoderFallbackException exception)
        {
            throw NotText(path, exception);
        }
    }

    private static bool IsBinary(char character) => char.IsControl(character) && character < ' ' && !char.IsWhiteSpace(character);

    private static bool IsJsonString(string text) => text is ['"', .., '"'] && !text.Contains('\n');

    private static List<string> ReadLines(string path, string text)
    {
        List<string> names = [];
        foreach (ReadOnlySpan<char> line in text.AsSpan().EnumerateLines()) names.Add(CheckpointClasses.Printable(line.Trim().ToString()));
        while (names is [.., ""]) names.RemoveAt(names.Count - 1);
        if (names.Count == 0) throw Fail(path, null, "is empty", "expected a name a line");
        int blank = names.IndexOf("");
        return blank < 0 ? names : throw Fail(path, $"line {blank + 1}", "is blank", "expected a name; only lines at the end may be blank");
    }

    private static List<string> ReadJson(string path, string text)
    {
        try
        {
            JsonElement root = JsonElement.Parse(text);
            if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("id2label", out JsonElement labels)) root = labels;
            return root.ValueKind switch
            {
                JsonValueKind.Array => [.. root.EnumerateArray().Select((item, i) => NameOf(path, i, item))],
                JsonValueKind.Object => ReadObject(path, root),
                _ => throw NotNames(path, null),
            };
        }
        catch (JsonException exception)
        {
            throw Fail(path, $"line {exception.LineNumber + 1}", "is not valid JSON", "expected an array of names, or an object from numbers to names", exception);
        }
        catch (InvalidOperationException exception) // half of a surrogate pair
        {
            throw NotNames(path, exception);
        }
    }

    private static List<string> ReadObject(string path, JsonElement root)
    {
        Dictionary<int, string> names = [];
        foreach (JsonProperty item in root.EnumerateObject())
        {
            bool isInverse = item.Value.ValueKind == JsonValueKind.Number && !IsNumber(item.Name, out _);
            int number = -1;
            bool valid = isInverse ? item.Value.TryGetInt32(out number) : IsNumber(item.Name, out number);
            if (!valid) throw Fail(path, item.Name, "is not the number of a class", "expected keys '0', '1', '2' and so on");
            string name = isInverse ? CheckpointClasses.Printable(item.Name) : NameOf(path, number, item.Value);
            if (!names.TryAdd(number, name)) throw Fail(path, item.Name, $"is class {number}, which occurs twice", "expected every number once");
        }
        if (names.Count == 0) throw NotNames(path, null);
        int missing = Enumerable.Range(0, names.Count).FirstOrDefault(number => !names.ContainsKey(number), -1);
        return missing < 0
            ? [.. Enumerable.Range(0, names.Count).Select(number => names[number])]
            : throw Fail(path, null, $"has {names.Count} classes, but no class {missing}", "expected the numbers from 0 on without a gap");
    }

    /// <summary>A name, or the last of several: <c>["n02123045", "cat"]</c>.</summary>
    private static string NameOf(string path, int number, JsonElement item)
    {
        if (item.ValueKind == JsonValueKind.Array && item.GetArrayLength() is > 0 and <= 8) item = item[item.GetArrayLength() - 1];
        return item.ValueKind == JsonValueKind.String
            ? CheckpointClasses.Printable(item.GetString()!.Trim())
            : throw Fail(path, $"class {number}", $"is {UntrustedText.Printable(item.ValueKind.ToString()).ToLowerInvariant()}", "expected a name");
    }

    private static bool IsNumber(string text, out int number) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    private static CheckpointException NotNames(string path, Exception? cause) =>
        Fail(path, null, "is JSON without class names", "expected an array of names, or an object from numbers to names", cause);

    private static CheckpointException NotText(string path, Exception? cause) =>
        Fail(path, null, "is not text in UTF-8", "expected a name a line, or JSON", cause);

    private static CheckpointException Fail(string path, string? entry, string found, string expected, Exception? cause = null) =>
        new(path, entry, found, expected, cause, Kind);
}
