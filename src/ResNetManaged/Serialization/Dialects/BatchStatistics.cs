using ResNetManaged.Layers.State;
using ResNetManaged.Tensors;

namespace ResNetManaged.Serialization.Dialects;

/// <summary>The buffers of batch norms, which files of parameters only lack.</summary>
internal static class BatchStatistics
{
    private const string Mean = ".running_mean", Variance = ".running_var", Counter = ".num_batches_tracked";

    /// <summary>Whether a name is that of a batch norm's mean.</summary>
    public static bool IsMean(string name) => name.EndsWith(Mean, StringComparison.Ordinal);

    /// <summary>The batch norm that a buffer belongs to; null for the name of another tensor.</summary>
    public static string? LayerOf(string name)
    {
        foreach (string ending in (ReadOnlySpan<string>)[Mean, Variance, Counter])
        {
            if (name.EndsWith(ending, StringComparison.Ordinal)) return name[..^ending.Length];
        }
        return null;
    }

    /// <summary>
    /// Gives a network that has parameters only, such as a moving average of them, the statistics of another network in the same file.
    /// </summary>
    /// <param name="state">The tensors of both.</param>
    /// <param name="root">The network's place.</param>
    /// <param name="notes">Receives a sentence if statistics were taken.</param>
    /// <returns>The tensors; the same object if nothing is missing.</returns>
    public static StateDict Share(StateDict state, NetworkRoot root, List<string> notes)
    {
        if (state.Keys.Any(name => IsMean(name) && name.StartsWith(root.Prefix, StringComparison.Ordinal) && !root.IsOfOther(name))) return state;
        foreach (string other in root.Others)
        {
            StateDict shared = new() { Source = state.Source, Metadata = state.Metadata, Origin = state.Origin };
            bool found = false;
            foreach ((string name, Tensor tensor) in state)
            {
                shared.Add(name, tensor);
                if (!name.StartsWith(other, StringComparison.Ordinal) || LayerOf(name) is not { } layer) continue;
                string own = root.Prefix + name[other.Length..];
                if (state.ContainsKey(own) || !state.ContainsKey(root.Prefix + layer[other.Length..] + ".weight")) continue;
                shared.Add(own, tensor);
                found |= IsMean(name);
            }
            if (!found) continue;
            notes.Add($"'{root.Prefix}*' holds parameters only; the batch norms' statistics of '{other}*' were taken");
            return shared;
        }
        return state;
    }
}
