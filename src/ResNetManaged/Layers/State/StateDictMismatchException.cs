using ResNetManaged.Tensors.IO;

namespace ResNetManaged.Layers.State;

/// <summary>A state dict does not fit a module; nothing was loaded.</summary>
public sealed class StateDictMismatchException : Exception
{
    private const int NamesShown = 2; // there may be hundreds; the first ones show what is wrong

    internal StateDictMismatchException(string message, Exception? innerException = null) : base(message, innerException) { }

    internal StateDictMismatchException(string source, string module, IReadOnlyList<string> misshaped, StateDictDifference difference)
        : base(Describe(source, module, misshaped, difference))
    {
    }

    private static string Describe(string source, string module, IReadOnlyList<string> misshaped, StateDictDifference difference)
    {
        List<string> parts = [.. misshaped.Take(1)];
        if (misshaped.Count > 1) parts.Add(misshaped.Count == 2 ? "1 more shape differs" : $"{misshaped.Count - 1} more shapes differ");
        if (difference.Missing.Count > 0) parts.Add("missing: " + Names(difference.Missing));
        if (difference.Unexpected.Count > 0) parts.Add("not expected: " + Names(difference.Unexpected));
        return $"'{source}' does not fit {module}: {string.Join("; ", parts)}.";
    }

    private static string Names(IReadOnlyList<string> paths)
    {
        string shown = string.Join(", ", paths.Take(NamesShown).Select(path => $"'{UntrustedText.Printable(path)}'"));
        return paths.Count > NamesShown ? $"{shown} and {paths.Count - NamesShown} more" : shown;
    }
}
