using ResNetManaged.Layers.State;
using ResNetManaged.Tensors.IO;

namespace ResNetManaged.Serialization.Dialects;

/// <summary>The place of a network among a checkpoint's names.</summary>
/// <param name="Prefix">The text before the network's own names; empty if there is none.</param>
/// <param name="Wrappers">The rules whose prefixes make up that text.</param>
/// <param name="Dialect">The network's names.</param>
/// <param name="Anchor">The name of its first convolution's weight, after that text.</param>
internal sealed record NetworkRoot(string Prefix, IReadOnlyList<PrefixRule> Wrappers, Dialect Dialect, string Anchor)
{
    private IReadOnlyList<string> _others = [];

    /// <summary>Whether the last linear layer is a projection, not a classifier.</summary>
    public bool HasProjection => Wrappers.Any(wrapper => wrapper.HasProjection);

    /// <summary>Whether the network is a copy or an average of another one.</summary>
    public bool IsCopy => Copies > 0;

    private int Copies => Wrappers.Count(wrapper => wrapper.IsCopy);

    /// <summary>Finds the network by the name of its first convolution. Of several networks, the one that is not a copy is taken.</summary>
    /// <param name="state">The tensors.</param>
    /// <param name="notes">Receives a sentence if there was a choice.</param>
    /// <param name="copy">Whether to take the one that is a copy instead.</param>
    /// <returns>The network's place; null if there is no known name below known prefixes.</returns>
    /// <exception cref="CheckpointException">There are several networks, and none of them is preferred.</exception>
    public static NetworkRoot? Find(StateDict state, List<string> notes, bool copy = false)
    {
        List<NetworkRoot> roots = [];
        foreach (string name in state.Keys)
        {
            if (!name.EndsWith('t') && !name.EndsWith('w')) continue; // the ends of all anchors
            foreach (Dialect dialect in DialectTable.Dialects)
            {
                foreach (string anchor in dialect.Anchors)
                {
                    if (name.EndsWith(anchor, StringComparison.Ordinal) && Wrapped(name.AsSpan(0, name.Length - anchor.Length)) is { } wrappers
                        && (!dialect.SharesAnchor || state.ContainsKey(name[..^anchor.Length] + dialect.FirstBlock)))
                    {
                        roots.Add(new(name[..^anchor.Length], wrappers, dialect, anchor));
                    }
                }
            }
        }
        if (roots.Count == 0)
        {
            roots = FindBelowUnknownPrefix(state);
            if (roots.Count == 1) notes.Add($"its names start with '{UntrustedText.Printable(roots[0].Prefix)}', which no rule knows; it was removed");
        }
        else
        {
            roots.AddRange(FindBelowUnknownPrefix(state).Where(root => IsNamedAverage(root.Prefix) && !roots.Exists(known => known.Prefix == root.Prefix))
                .Select(root => root with { Wrappers = [new PrefixRule(root.Prefix, "a moving average beside the weights") { IsCopy = true }] }).ToArray());
        }
        if (roots.Count == 0) return null;
        int copies = copy ? roots.Max(root => root.Copies) : roots.Min(root => root.Copies);
        NetworkRoot[] best = [.. roots.Where(root => root.Copies == copies)];
        if (best.Length > 1)
        {
            throw new CheckpointException(state.Source, null, $"holds {best.Length} networks, {Listing(best)}",
                $"expected one; choose it with a file of name rules that drops the others, such as '{UntrustedText.Printable(Dropping(best))} ->'");
        }
        NetworkRoot found = best[0];
        NetworkRoot[] others = [.. roots.Where(root => root != found)];
        found._others = [.. others.Select(root => root.Prefix)];
        if (others.Length > 0) notes.Add($"holds {roots.Count} networks; {Listing(best)} was read, not {Listing(others)}");
        return found;
    }

    /// <summary>The texts before the names of the other networks in the same file.</summary>
    public IReadOnlyList<string> Others => _others;

    /// <summary>Whether a name belongs to another network in the same file.</summary>
    public bool IsOfOther(string name)
    {
        bool isOwn = name.StartsWith(Prefix, StringComparison.Ordinal);
        return _others.Any(other => name.StartsWith(other, StringComparison.Ordinal) && !(isOwn && other.Length < Prefix.Length));
    }

    /// <summary>The name of a tensor outside the network, without the wrappers that it shares with it.</summary>
    public string WithoutWrappers(string name)
    {
        int start = 0;
        foreach (PrefixRule wrapper in Wrappers)
        {
            if (name.AsSpan(start).StartsWith(wrapper.Text)) start += wrapper.Text.Length;
        }
        return name[start..];
    }

    /// <summary>The networks whose first convolution and first block are below the same text, if it is no known prefix.</summary>
    private static List<NetworkRoot> FindBelowUnknownPrefix(StateDict state)
    {
        List<NetworkRoot> roots = [];
        foreach (Dialect dialect in DialectTable.Dialects)
        {
            foreach (string name in state.Keys)
            {
                if (!name.EndsWith(dialect.FirstBlock, StringComparison.Ordinal)) continue;
                string prefix = name[..^dialect.FirstBlock.Length];
                string? anchor = prefix.EndsWith('.') ? dialect.Anchors.FirstOrDefault(anchor => state.ContainsKey(prefix + anchor)) : null;
                if (anchor is not null) roots.Add(new(prefix, [], dialect, anchor));
            }
        }
        return roots;
    }

    /// <summary>The pattern that drops one of several networks.</summary>
    private static string Dropping(NetworkRoot[] roots) => roots.Select(root => root.Prefix).LastOrDefault(prefix => prefix.Length > 0) is { } prefix
        ? prefix + "*"
        : roots[^1].Anchor;

    private static string Listing(NetworkRoot[] roots)
    {
        bool shareAPrefix = roots.DistinctBy(root => root.Prefix).Count() < roots.Length;
        return string.Join(" and ", roots.Select(root => shareAPrefix ? $"that of '{UntrustedText.Printable(root.Prefix + root.Anchor)}'"
            : root.Prefix.Length == 0 ? "the one without a prefix" : $"'{UntrustedText.Printable(root.Prefix)}*'"));
    }

    /// <summary>Whether a key or a prefix has "ema", "swa" or "average" as one of its words.</summary>
    public static bool IsNamedAverage(string text) =>
        text.ToLowerInvariant().Split('_', '-', '.', ' ').Any(word => word is "ema" or "swa" or "average" or "averaged" or "avg");

    /// <summary>The length of the known prefixes at the start of a name.</summary>
    public static int LengthOfWrappers(string name)
    {
        int start = 0;
        while (DialectTable.Prefixes.FirstOrDefault(rule => name.AsSpan(start).StartsWith(rule.Text)) is { } rule) start += rule.Text.Length;
        return start;
    }

    /// <summary>The known prefixes that make up a text; null if it has another part.</summary>
    private static List<PrefixRule>? Wrapped(ReadOnlySpan<char> text)
    {
        List<PrefixRule> wrappers = [];
        while (!text.IsEmpty)
        {
            PrefixRule? found = null;
            foreach (PrefixRule rule in DialectTable.Prefixes)
            {
                if (!text.StartsWith(rule.Text)) continue;
                found = rule;
                break;
            }
            if (found is null) return null;
            wrappers.Add(found);
            text = text[found.Text.Length..];
        }
        return wrappers;
    }
}
