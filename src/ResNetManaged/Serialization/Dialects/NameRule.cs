using System.Diagnostics.CodeAnalysis;
using ResNetManaged.Tensors.IO;

namespace ResNetManaged.Serialization.Dialects;

/// <summary>Renames the tensors whose names fit a pattern, or drops them.</summary>
internal sealed class NameRule
{
    private readonly NamePattern _pattern, _replacement;

    /// <summary>Reads a rule.</summary>
    /// <param name="pattern">The names that it applies to: see <see cref="NamePattern"/>.</param>
    /// <param name="replacement">Their new names; empty to drop the tensors.</param>
    /// <exception cref="FormatException">A pattern is malformed, or the replacement uses a part that the pattern lacks.</exception>
    public NameRule(string pattern, string replacement)
    {
        (_pattern, _replacement) = (NamePattern.Parse(pattern), NamePattern.Parse(replacement));
        if (pattern.Length == 0) throw new FormatException("the pattern is empty");
        if (_replacement.Stars > _pattern.Stars)
            throw new FormatException($"'{replacement}' has {Counted.Of(_replacement.Stars, "star")} and the pattern '{pattern}' {_pattern.Stars}");
        if (_replacement.Numbers.Except(_pattern.Numbers).FirstOrDefault() is { } unknown)
            throw new FormatException($"'{replacement}' uses {{{unknown}}}, which the pattern '{pattern}' lacks");
    }

    /// <summary>The names that the rule applies to.</summary>
    public string Pattern => _pattern.Text;

    /// <summary>Their new names; empty if the tensors are dropped.</summary>
    public string Replacement => _replacement.Text;

    /// <summary>The new name of a tensor, if the rule applies to it; empty to drop it.</summary>
    public bool TryApply(string name, [NotNullWhen(true)] out string? renamed) => _pattern.TryReplace(name, _replacement, out renamed);
}
