using System.Text.Json;

namespace ResNetManaged.Pretrained.Hubs;

/// <summary>What Hugging Face's API says about a repository at a revision.</summary>
/// <param name="Commit">The commit; null if it does not say.</param>
/// <param name="Files">The names of the files; null if it does not say.</param>
/// <param name="License">The license of the model card; null if there is none.</param>
internal sealed record HubModel(string? Commit, IReadOnlySet<string>? Files, string? License)
{
    private const string LicenseTag = "license:";

    /// <summary>Reads the API's answer; members of unexpected types count as missing.</summary>
    /// <exception cref="JsonException">It is not JSON.</exception>
    public static HubModel Parse(byte[] json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        JsonElement root = document.RootElement;
        HashSet<string>? files = null;
        if (Member(root, "siblings") is { ValueKind: JsonValueKind.Array } siblings)
            files = [.. siblings.EnumerateArray().Select(sibling => Text(Member(sibling, "rfilename"))).OfType<string>()];
        string? license = Member(root, "cardData") is { } card ? Text(Member(card, "license")) : null;
        if (license is null && Member(root, "tags") is { ValueKind: JsonValueKind.Array } tags)
        {
            string? tagged = tags.EnumerateArray().Select(tag => Text(tag)).FirstOrDefault(tag => tag?.StartsWith(LicenseTag, StringComparison.Ordinal) == true);
            license = tagged?[LicenseTag.Length..];
        }
        return new HubModel(Text(Member(root, "sha")), files, license);
    }

    /// <summary>A member of an object; null if there is none.</summary>
    public static JsonElement? Member(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out JsonElement member) ? member : null;

    /// <summary>A text; null if it is something else.</summary>
    public static string? Text(JsonElement? element) => element is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;
}
