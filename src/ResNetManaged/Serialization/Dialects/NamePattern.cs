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
        return pattern.Stars <= MaxStars ? pattern : throw new FormatException($"'{text}' has {pattern.Stars} stars; expected at most {MaxStars}");
    }

    /// <summary>Whether a name fits.</summary>
    public bool Matches(string name) => TryMatch(name, out _);

    /// <summary>Composes the replacement from the parts of a name that fits.</summary>
    /// <param name="name">The name.</param>
    /// <param name="replacement">The pattern of the new name.</param>
    /// <param name="renamed">The new name; null if the name does not fit.</param>
    public bool TryReplace(string name, NamePattern replacement, [NotNullWhen(true)] out string? renamed)
    {
        renamed = null;
        if (!TryMatch(name, out Captures? captures)) return false;
        StringBuilder text = new();
        int star = 0;
        foreach (Part part in replacement._parts)
        {
            if (part.Kind == PartKind.Literal) text.Append(part.Text);
            else if (part.Kind == PartKind.Any) text.Append(captures.Stars[star++]);
            else text.Append(CultureInfo.InvariantCulture, $"{captures.Numbers[part.Text] + part.Offset}");
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
        if (!valid || Math.Abs(offset) > 1000) throw new FormatException($"'{text}' has a brace without a number's name; expected {{x}} or {{x+1}}");
        at = end;
        return new(PartKind.Number, name, offset);
    }

    private bool TryMatch(string name, [NotNullWhen(true)] out Captures? captures)
    {
        captures = null;
        if (_parts.Length > 0 && _parts[0].Kind == PartKind.Literal && !name.StartsWith(_parts[0].Text, StringComparison.Ordinal)) return false;
        if (name.Length > MaxName) return false;
        Captures found = new();
        if (!Match(name, 0, 0, found)) return false;
        captures = found;
        return true;
    }

    private bool Match(string name, int part, int at, Captures captures)
    {
        if (part == _parts.Length) return at == name.Length;
        string text = _parts[part].Text;
        switch (_parts[part].Kind)
        {
            case PartKind.Literal:
                return name.AsSpan(at).StartsWith(text) && Match(name, part + 1, at + text.Length, captures);
            case PartKind.Number:
                int digits = 0;
                while (digits < MaxDigits && at + digits < name.Length && char.IsAsciiDigit(name[at + digits])) digits++;
                if (digits == 0) return false;
                int number = int.Parse(name.AsSpan(at, digits), CultureInfo.InvariantCulture);
                if (captures.Numbers.TryGetValue(text, out int known)) return known == number && Match(name, part + 1, at + digits, captures);
                captures.Numbers.Add(text, number);
                if (Match(name, part + 1, at + digits, captures)) return true;
                captures.Numbers.Remove(text);
                return false;
            default:
                for (int end = at; end <= name.Length; end++)
                {
                    captures.Stars.Add(name[at..end]);
                    if (Match(name, part + 1, end, captures)) return true;
                    captures.Stars.RemoveAt(captures.Stars.Count - 1);
                }
                return false;
        }
    }

    private enum PartKind { Literal, Number, Any }

    private sealed record Part(PartKind Kind, string Text, int Offset = 0);

    private sealed class Captures
    {
        public List<string> Stars { get; } = [];

        public Dictionary<string, int> Numbers { get; } = [];
    }
}
