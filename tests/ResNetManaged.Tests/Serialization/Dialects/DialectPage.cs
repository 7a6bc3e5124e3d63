using System.Text;
using ResNetManaged.Serialization.Dialects;

namespace ResNetManaged.Tests.Serialization.Dialects;

/// <summary>Writes the tables of docs/bring-your-network.md from the rules that the code reads.</summary>
internal static class DialectPage
{
    public static string Compose()
    {
        StringBuilder text = new();
        Table(text, "Names of the body", "| dialect | written by | first convolution | how its names become torchvision's |", DialectTable.Dialects.Select(dialect =>
            $"| {dialect.Name} | {dialect.Source} | {Codes(dialect.Anchors)} | {Rules(dialect)} |"));
        Table(text, "Prefixes", "| prefix | added by | |", DialectTable.Prefixes.Select(prefix =>
            $"| {Code(prefix.Text)} | {prefix.Source} | {Remark(prefix)} |"));
        Table(text, "Containers, in the order of preference", "| key | written by | |", DialectTable.Containers.Select(container =>
            $"| {Code(container.Key)} | {container.Source} | {(container.IsAverage ? "a moving average, read if there is nothing else" : "")} |"));
        Table(text, "Heads", "| first part of the name | written by |", DialectTable.Heads.Select(head => $"| {Code(head.Name)} | {head.Source} |"));
        Table(text, "Left out", "| tensors | what they are |", DialectTable.Dropped.Select(drop =>
            $"| {Code(drop.Pattern.Text)}{(drop.OutsideOnly ? ", without the network's prefix" : "")} | {drop.Source} |"));
        return text.ToString();
    }

    private static void Table(StringBuilder text, string title, string header, IEnumerable<string> rows)
    {
        string line = string.Concat(Enumerable.Repeat("|---", header.Count(c => c == '|') - 1));
        text.Append("\n### ").Append(title).Append("\n\n").Append(header).Append('\n').Append(line).Append("|\n");
        foreach (string row in rows) text.Append(row).Append('\n');
    }

    private static string Rules(Dialect dialect)
    {
        string rules = string.Join(", ", dialect.Rules.Select(rule => $"{Code(rule.Pattern)} to {Code(rule.Replacement)}"));
        if (rules.Length == 0) rules = "read as they are";
        if (dialect.ReadsBgr) rules += "; the first convolution takes blue, green and red, and is turned around";
        if (dialect.StridesInFirstConvolution) rules += "; a bottleneck strides in its first convolution";
        return dialect.HasFoldedStatistics ? rules + "; batch norms without statistics get the mean 0 and the variance 1" : rules;
    }

    private static string Remark(PrefixRule prefix) => (prefix.IsCopy, prefix.HasProjection) switch
    {
        (true, _) => "read if there is nothing else",
        (_, true) => "its `fc` is a projection, which is left out",
        _ => "",
    };

    private static string Codes(IEnumerable<string> texts) => string.Join(", ", texts.Select(Code));

    private static string Code(string text) => $"`{text}`";
}
