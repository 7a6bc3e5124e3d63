using ResNetManaged.Cli.Errors;

namespace ResNetManaged.Cli.Inputs;

/// <summary>Rejects what a network computed if it is not finite, as <c>serve</c> does: it is no result.</summary>
internal static class OutputCheck
{
    /// <summary>The error for numbers that are not finite; null if they are.</summary>
    /// <param name="numbers">The numbers.</param>
    /// <param name="what">What they are: "logits".</param>
    /// <param name="network">The network's name.</param>
    public static CommandFailedException? FaultOf(ReadOnlySpan<float> numbers, string what, string network)
    {
        foreach (float number in numbers)
            if (!float.IsFinite(number)) return NotFinite(what, network);
        return null;
    }

    /// <summary>The error.</summary>
    public static CommandFailedException NotFinite(string what, string network) =>
        new($"the {what} that {network} computes {(what.EndsWith('s') ? "are" : "is")} not finite; the network's weights are probably damaged");
}
