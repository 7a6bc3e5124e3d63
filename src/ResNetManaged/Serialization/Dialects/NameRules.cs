using System.Text;
using ResNetManaged.Layers.State;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.IO;

namespace ResNetManaged.Serialization.Dialects;

/// <summary>Rules that rename or drop the tensors of a checkpoint whose names the library does not know.</summary>
/// <remarks>
/// One rule a line: <c>pattern -> replacement</c>. In a pattern, <c>*</c> stands for any text and <c>{x}</c> for a number; in the replacement, <c>*</c> is that
/// text and <c>{x}</c>, <c>{x+1}</c> or <c>{x-1}</c> that number, plus or minus one. A rule without a replacement drops the tensors. Empty lines and lines that
/// start with <c>#</c> are ignored. The first rule that fits a name applies; names that no rule fits stay as they are. The results are read like
/// any checkpoint's names: docs/bring-your-network.md.
/// </remarks>
public sealed class NameRules
{
    private const string Kind = "Name rules";
    private const string Arrow = "->";
    private const string FormatExpected = "expected lines 'pattern -> replacement'";
    private const int MaxLength = 1 << 20; // characters
    private const int MaxRules = 10_000;

    private readonly NameRule[] _rules;

    private NameRules(NameRule[] rules) => _rules = rules;

    /// <summary>Reads rules from text.</summary>
    /// <param name="text">The rules, one a line.</param>
    /// <param name="source">The text's origin, for messages.</param>
    /// <returns>The rules.</returns>
    /// <exception cref="CheckpointException">A line is not a rule; the message has its number.</exception>
    public static NameRules Parse(string text, string source = "name rules")
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(source);
        List<NameRule> rules = [];
        int number = 0;
        foreach (ReadOnlySpan<char> raw in text.AsSpan().EnumerateLines())
        {
            number++;
            string line = raw.Trim().ToString();
            if (line.Length == 0 || line[0] == '#') continue;
            int arrow = line.IndexOf(Arrow, StringComparison.Ordinal);
            if (arrow < 0 || rules.Count == MaxRules)
                throw Fail(source, number, arrow < 0 ? $"is '{UntrustedText.Printable(line)}'" : $"is rule {MaxRules + 1}", null);
            try
            {
                rules.Add(new NameRule(line[..arrow].Trim(), line[(arrow + Arrow.Length)..].Trim()));
            }
            catch (FormatException exception)
            {
                throw Fail(source, number, $"is no rule, since {UntrustedText.Printable(exception.Message)}", exception);
            }
        }
        return rules.Count > 0 ? new([.. rules]) : throw new CheckpointException(source, null, "has no rule", FormatExpected, kind: Kind);
    }

    /// <summary>Reads rules from a text file.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The rules.</returns>
    /// <exception cref="CheckpointException">The file is too long, or a line is not a rule.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public static NameRules Read(string path)
    {
        if (FileKind.FaultOf(path) is string fault) throw new CheckpointException(path, null, fault, FormatExpected, kind: Kind);
        char[] text = new char[MaxLength + 1];
        using StreamReader file = new(path, Encoding.UTF8);
        int length = file.ReadBlock(text);
        return length <= MaxLength
            ? Parse(new string(text, 0, length), path)
            : throw new CheckpointException(path, null, $"has more than {MaxLength} characters", FormatExpected, kind: Kind);
    }

    /// <summary>The same tensors under their new names.</summary>
    /// <exception cref="CheckpointException">Two tensors get the same name, or no rule fits any name.</exception>
    internal StateDict Apply(StateDict state)
    {
        StateDict renamed = new() { Source = state.Source, Metadata = state.Metadata, Origin = state.Origin };
        Dictionary<string, string> originals = new(StringComparer.Ordinal);
        bool used = false;
        foreach ((string name, Tensor tensor) in state)
        {
            string result = name;
            foreach (NameRule rule in _rules)
            {
                if (!rule.TryApply(name, out string? replaced)) continue;
                (result, used) = (replaced, true);
                break;
            }
            if (result.Length == 0) continue;
            if (!originals.TryAdd(result, name))
                throw new CheckpointException(state.Source, result == name ? originals[result] : name,
                    $"is renamed to '{UntrustedText.Printable(result)}', which another tensor has", "expected one tensor of each name");
            renamed.Add(result, tensor);
        }
        if (used && renamed.Count == 0)
            throw new CheckpointException(state.Source, null, $"has {Counted.Of(state.Count, "tensor")}, all of which the name rules drop", "expected rules that keep a network's");
        string first = state.Count > 0 ? $"'{UntrustedText.Printable(state.Keys.First())}'" : "no tensor";
        return used ? renamed : throw new CheckpointException(state.Source, null, $"has no name that a name rule fits; its first is {first}", "expected at least one");
    }

    private static CheckpointException Fail(string source, int line, string found, Exception? cause) =>
        new(source, $"line {line}", found, "expected 'pattern -> replacement', one a line", cause, Kind);
}
