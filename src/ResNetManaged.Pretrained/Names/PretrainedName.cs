using System.Text.RegularExpressions;

namespace ResNetManaged.Pretrained.Names;

/// <summary>A name of a network, in one of three forms.</summary>
internal abstract partial record PretrainedName
{
    private const string HubPrefix = "hf:", Default = "DEFAULT";

    /// <summary>The complete name.</summary>
    public abstract override string ToString();

    /// <summary>Whether a text has the form of a name rather than a path.</summary>
    public static bool IsName(string text) =>
        StartsWith(text, TorchvisionWeights.Prefix) || StartsWith(text, HubPrefix) || StartsWith(text, "https://") || StartsWith(text, "http://");

    /// <exception cref="PretrainedException">It is not a name.</exception>
    public static PretrainedName Parse(string text) =>
        StartsWith(text, TorchvisionWeights.Prefix) ? TorchvisionName.Parse(text[TorchvisionWeights.Prefix.Length..])
        : StartsWith(text, HubPrefix) ? HubName.Parse(text[HubPrefix.Length..])
        : IsName(text) ? AddressName.Parse(text)
        : throw Unknown(text);

    protected static PretrainedException Failure(string message) => new(PretrainedFailure.UnknownName, message);

    protected static bool StartsWith(string text, string prefix) => text.StartsWith(prefix, StringComparison.OrdinalIgnoreCase);

    private static PretrainedException Unknown(string text)
    {
        string plain = text.Split(':')[0];
        string? meant = Suggestion.For(plain, TorchvisionWeights.All.Select(weights => weights.Architecture).Distinct());
        return Failure(meant is not null
            ? $"'{text}' is not the name of a network; did you mean '{TorchvisionWeights.Prefix}{meant}'?"
            : text.Split('/') is [{ Length: > 0 }, { Length: > 0 }]
                ? $"'{text}' is not the name of a network; did you mean '{HubPrefix}{text}'?"
                : $"'{text}' is not the name of a network; expected torchvision:NAME, hf:OWNER/REPO or an https address");
    }

    /// <summary>One of torchvision's files.</summary>
    public sealed record TorchvisionName(TorchvisionWeights Weights) : PretrainedName
    {
        public override string ToString() => Weights.Name;

        public static new TorchvisionName Parse(string text)
        {
            string[] parts = text.Split(':', 2);
            TorchvisionWeights[] versions = [.. TorchvisionWeights.All.Where(weights => weights.Architecture == parts[0])];
            if (versions.Length == 0)
            {
                string? meant = Suggestion.For(parts[0], TorchvisionWeights.All.Select(weights => weights.Architecture).Distinct());
                throw Failure($"torchvision has no ResNet named '{parts[0]}'; "
                    + (meant is null ? "its names are those of resnet18 to wide_resnet101_2" : $"did you mean '{TorchvisionWeights.Prefix}{meant}'?"));
            }
            TorchvisionWeights? chosen = parts is [_, not Default]
                ? versions.FirstOrDefault(weights => weights.Version == parts[1])
                : versions.First(weights => weights.IsDefault);
            return chosen is not null
                ? new TorchvisionName(chosen)
                : throw Failure($"torchvision has no weights '{parts[1]}' of {parts[0]}; it has "
                    + string.Join(" and ", versions.Select(weights => weights.Version)));
        }
    }

    /// <summary>A repository of Hugging Face, at a revision: a branch, a tag or a commit.</summary>
    public sealed partial record HubName(string Owner, string Repository, string Revision) : PretrainedName
    {
        private const string DefaultRevision = "main";

        public override string ToString() => $"{HubPrefix}{Owner}/{Repository}@{Revision}";

        public static new HubName Parse(string text)
        {
            Match match = Form().Match(text);
            if (!match.Success || text.Contains("..", StringComparison.Ordinal) || text.Contains("//", StringComparison.Ordinal))
                throw Failure($"'{HubPrefix}{text}' is not the name of a repository; expected hf:OWNER/REPO or hf:OWNER/REPO@REVISION");
            string revision = match.Groups["revision"].Value;
            return new HubName(match.Groups["owner"].Value, match.Groups["repo"].Value, revision.Length > 0 ? revision : DefaultRevision);
        }

        [GeneratedRegex(@"\A(?<owner>[A-Za-z0-9_-][A-Za-z0-9._-]*)/(?<repo>[A-Za-z0-9_-][A-Za-z0-9._-]*)(@(?<revision>[A-Za-z0-9_-][A-Za-z0-9._/-]*))?\z")]
        private static partial Regex Form();
    }

    /// <summary>The address of one file.</summary>
    public sealed record AddressName(Uri Address, string FileName) : PretrainedName
    {
        private const int LongestName = 200;

        public override string ToString() => Address.AbsoluteUri;

        public static new AddressName Parse(string text)
        {
            if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? address)) throw Failure($"'{text}' is not an address");
            string shown = Transfer.Addresses.Shown(address);
            if (!Transfer.Addresses.IsAllowed(address)) throw Failure($"'{shown}' is not encrypted; expected an https address");
            if (address.UserInfo.Length > 0) throw Failure($"'{shown}' contains a user name; addresses with credentials are not supported");
            string name = Uri.UnescapeDataString(address.Segments[^1]);
            bool valid = name.Length is > 0 and <= LongestName && name[0] != '.'
                && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' or '+');
            return valid ? new AddressName(address, name) : throw Failure($"'{shown}' does not end with the name of a file");
        }
    }
}
