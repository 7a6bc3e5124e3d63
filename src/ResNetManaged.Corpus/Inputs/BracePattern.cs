using System.Globalization;
using System.Text.RegularExpressions;

namespace ResNetManaged.Corpus.Inputs;

/// <summary>Expands braces as shells and webdataset do: <c>{000..999}</c> with leading zeros, and <c>{train,test}</c>. Several expand from the left.</summary>
internal static partial class BracePattern
{
    private const int MostNames = 10_000_000;

    /// <summary>All names of a pattern, in order, one at a time; the pattern itself if it has no braces.</summary>
    /// <exception cref="CorpusException">A range is too large.</exception>
    public static IEnumerable<string> Expand(string pattern)
    {
        Match braces = Braces().Match(pattern);
        if (!braces.Success) return [pattern];
        string before = pattern[..braces.Index], after = pattern[(braces.Index + braces.Length)..];
        return Values(braces, pattern).SelectMany(value => Expand(after).Select(rest => before + value + rest));
    }

    private static IEnumerable<string> Values(Match braces, string pattern)
    {
        if (!braces.Groups["first"].Success) return braces.Value[1..^1].Split(',');
        string first = braces.Groups["first"].Value, last = braces.Groups["last"].Value;
        if (!long.TryParse(first, CultureInfo.InvariantCulture, out long from) || !long.TryParse(last, CultureInfo.InvariantCulture, out long to)
            || Int128.Abs(to - (Int128)from) >= MostNames)
            throw new CorpusException($"The input '{pattern}' has a range of more than {MostNames} names; expected fewer.");
        string format = first.Length > 1 && first[0] == '0' || last.Length > 1 && last[0] == '0' ? $"D{Math.Max(first.Length, last.Length)}" : "D";
        return Range(from, to, format);
    }

    private static IEnumerable<string> Range(long from, long to, string format)
    {
        for (long value = from; ; value += Math.Sign(to - from))
        {
            yield return value.ToString(format, CultureInfo.InvariantCulture);
            if (value == to) yield break;
        }
    }

    [GeneratedRegex(@"\{(?:(?<first>\d+)\.\.(?<last>\d+)|[^{},]*(?:,[^{},]*)+)\}")]
    private static partial Regex Braces();
}
