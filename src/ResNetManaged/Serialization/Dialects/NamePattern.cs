using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace ResNetManaged.Serialization.Dialects;

/// <summary>A pattern for tensor names: text, <c>*</c> for any text, and <c>{x}</c> for a number.</summary>
/// <remarks>In a replacement, <c>{x+1}</c> is that number plus one, and each <c>*</c> is the text of the pattern's star at the same place.</remarks>
internal sealed class NamePattern
{
    private const int MaxName = 512; // longer names never match, so that stars cost little
    private const int MaxStars = 4;
    private const int MaxDigits = 6;
    private const int StackParts = 32; // of a pattern; more take an array

    private readonly Part[] _parts;

    private NamePattern(string text, Part[] parts) => (Text, _parts) = (text, parts);

    /// <summary>The pattern as it was written.</summary>
    public string Text { get; }

    /// <summary>The number of stars.</summary>
    public int Stars => _parts.Count(part => part.Kind == PartKind.Any);

    /// <summary>The names of the numbers.</summary>
    public IEnumerable<string> Numbers => _parts.Where(part => part.Kind == PartKind.Number).Select(part => part.Text);

    /// <summary>Reads a pattern.</summary>
    /// <exception cref="FormatException">A brace is not closed or holds something other than a name and an offset, or there are too many stars.</exception>
    public static NamePattern Parse(string text)
    {
        List<Part> parts = [];
        for (int at = 0; at < text.Length;)
        {
            int next = text.AsSpan(at).IndexOfAny('*', '{', '}');
            if (next != 0) parts.Add(new(PartKind.Literal, next < 0 ? text[at..] : text[at..(at + next)]));
            if (next < 0) break;
            at += next;
            if (text[at] == '*') parts.Add(new(PartKind.Any, ""));
            else parts.Add(ParseNumber(text, ref at));
            at++;
        }
        NamePattern pattern = new(text, [.. parts]);
        return pattern.Stars <= MaxStars ? pattern : throw new FormatException($"'{text}' has {pattern.Stars} stars, more than {MaxStars}");
    }

    /// <summary>Whether a name fits.</summary>
    public bool Matches(string name)
    {
        Span<int> starts = stackalloc int[StackParts];
        return TryMatch(name, ref starts);
    }

    /// <summary>Composes the replacement from the parts of a name that fits.</summary>
    /// <param name="name">The name.</param>
    /// <param name="replacement">The pattern of the new name.</param>
    /// <param name="renamed">The new name; null if the name does not fit.</param>
    public bool TryReplace(string name, NamePattern replacement, [NotNullWhen(true)] out string? renamed)
    {
        renamed = null;
        Span<int> starts = stackalloc int[StackParts];
        if (!TryMatch(name, ref starts)) return false;
        StringBuilder text = new();
        int star = -1;
        foreach (Part part in replacement._parts)
        {
            if (part.Kind == PartKind.Literal)
            {
                text.Append(part.Text);
                continue;
            }
            int source = part.Kind == PartKind.Any
                ? star = Array.FindIndex(_parts, star + 1, known => known.Kind == PartKind.Any)
                : Array.FindIndex(_parts, known => known.Kind == PartKind.Number && known.Text == part.Text);
            ReadOnlySpan<char> found = name.AsSpan(starts[source]..starts[source + 1]);
            if (part.Kind == PartKind.Any) text.Append(found);
            else text.Append(CultureInfo.InvariantCulture, $"{ValueOf(found) + part.Offset}");
        }
        renamed = text.ToString();
        return true;
    }

    private static Part ParseNumber(string text, ref int at)
    {
        int end = text.IndexOf('}', at);
        string inner = text[at] == '{' && end > 0 ? text[(at + 1)..end] : "";
        int sign = inner.AsSpan().IndexOfAny('+', '-');
        string name = sign < 0 ? inner : inner[..sign];
        int offset = 0;
        bool valid = name.Length > 0 && name.All(char.IsAsciiLetter)
            && (sign < 0 || int.TryParse(inner.AsSpan(sign), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out offset));
        if (!valid || Math.Abs(offset) > 1000) throw new FormatException($"'{text}' has a brace without a number's name, as in {{x}} or {{x+1}}");
        at = end;
        return new(PartKind.Number, name, offset);
    }

    /// <summary>Finds where each part of a name that fits starts, and its end. Nothing is allocated: every name of a file is tried on every rule.</summary>
    private bool TryMatch(string name, ref Span<int> starts)
    {
        if (_parts.Length > 0 && _parts[0].Kind == PartKind.Literal && !name.StartsWith(_parts[0].Text, StringComparison.Ordinal)) return false;
        if (name.Length > MaxName) return false;
        if (_parts.Length >= starts.Length) starts = new int[_parts.Length + 1];
        return Match(name, 0, 0, starts);
    }

    private bool Match(ReadOnlySpan<char> name, int part, int at, Span<int> starts)
    {
        starts[part] = at;
        if (part == _parts.Length) return at == name.Length;
        string text = _parts[part].Text;
        switch (_parts[part].Kind)
        {
            case PartKind.Literal:
                return name[at..].StartsWith(text) && Match(name, part + 1, at + text.Length, starts);
            case PartKind.Number:
                int digits = 0;
                while (digits < MaxDigits && at + digits < name.Length && char.IsAsciiDigit(name[at + digits])) digits++;
                if (digits == 0) return false;
                int first = Array.FindIndex(_parts, known => known.Kind == PartKind.Number && known.Text == text);
                if (first < part && ValueOf(name[starts[first]..starts[first + 1]]) != ValueOf(name.Slice(at, digits))) return false;
                return Match(name, part + 1, at + digits, starts);
            default:
                if (part + 1 == _parts.Length) return Match(name, part + 1, name.Length, starts);
                string next = _parts[part + 1].Kind == PartKind.Literal ? _parts[part + 1].Text : "";
                for (int end = at; end <= name.Length; end++)
                {
                    int skipped = name[end..].IndexOf(next);
                    if (skipped < 0) return false;
                    end += skipped;
                    if (Match(name, part + 1, end, starts)) return true;
                }
                return false;
        }
    }

    private static int ValueOf(ReadOnlySpan<char> digits) => int.Parse(digits, CultureInfo.InvariantCulture);

    private enum PartKind { Literal, Number, Any }

    private sealed record Part(PartKind Kind, string Text, int Offset = 0);
}
