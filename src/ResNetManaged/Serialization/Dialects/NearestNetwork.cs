using ResNetManaged.Layers.State;
using ResNetManaged.Models;
using ResNetManaged.Preprocessing;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.IO;

namespace ResNetManaged.Serialization.Dialects;

/// <summary>Says why tensors are no network: what the named network that has most of them in common would have needed.</summary>
internal static class NearestNetwork
{
    private const int NamesShown = 2;
    private const string Expected = "expected names such as 'layer1.0.conv1.weight' and 'fc.weight', which a file of name rules can give";

    private static readonly string[] Heads = ["fc.weight", "linear.weight", "head.fc.weight"];

    /// <summary>The exception for tensors that no inference recognizes.</summary>
    /// <param name="state">The tensors, under torchvision's names as far as rules know them.</param>
    /// <param name="average">Whether they are a moving average of the weights.</param>
    public static CheckpointException Describe(StateDict state, bool average = false)
    {
        foreach (string head in Heads)
        {
            if (state.TryGetValue(head, out Tensor? weights) && weights.ElementCount == 0)
                return new(state.Source, head, $"has shape {weights.Shape}", "expected at least one class and one feature");
        }
        string found = $"{(average ? "has a moving average of" : "holds")} {Counted.Of(state.Count, "tensor")} that {(state.Count == 1 ? "is" : "are")} not a ResNet's";
        (string Variant, List<string> Missing, List<string> Misshaped)? nearest = Find(state);
        if (nearest is not { } network)
        {
            string first = string.Join(", ", state.Keys.Take(NamesShown).Select(name => $"'{UntrustedText.Printable(name)}'"));
            return new(state.Source, null, first.Length == 0 ? found : $"{found}; {(state.Count == 1 ? "it is" : "the first are")} {first}", Expected);
        }
        List<string> faults = [];
        if (network.Missing.Count > 0) faults.Add("lacks " + Listing(network.Missing));
        if (network.Misshaped.Count > 0) faults.Add("has " + Listing(network.Misshaped) + " of another shape");
        return new(state.Source, null, $"{found}: it is like {network.Variant}, but {string.Join(" and ", faults)}", "expected all tensors of a network");
    }

    private static (string Variant, List<string> Missing, List<string> Misshaped)? Find(StateDict state)
    {
        (string, List<string>, List<string>)? nearest = null;
        int fewest = int.MaxValue;
        foreach (string variant in ResNetVariants.Names)
        {
            List<string> missing = [], misshaped = [];
            int count = 0;
            foreach ((string name, StateTensor expected) in new ResNet(ResNetVariants.Get(variant) with { NumClasses = 0 }).NamedState())
            {
                if (DialectReader.IsCounter(name)) continue;
                count++;
                if (!state.TryGetValue(name, out Tensor? tensor)) missing.Add(name);
                else if (tensor.Shape != expected.Shape && !IsOfOtherChannels(tensor, expected)) misshaped.Add(name);
            }
            int unknown = state.Keys.Count(name => !DialectReader.IsCounter(name)) - (count - missing.Count);
            if (2 * (missing.Count + misshaped.Count) >= count || missing.Count + misshaped.Count == 0) continue;
            if (missing.Count + misshaped.Count + unknown >= fewest) continue;
            fewest = missing.Count + misshaped.Count + unknown;
            nearest = (variant, missing, misshaped);
        }
        return nearest;
    }

    /// <summary>Whether a tensor may be a first convolution for images of other channels.</summary>
    private static bool IsOfOtherChannels(Tensor tensor, StateTensor expected) =>
        tensor.Rank == 4 && expected.Shape is [_, RgbImage.Channels, ..] && tensor.Shape == expected.Shape.With(1, tensor.Shape[1]);

    private static string Listing(List<string> names) =>
        string.Join(", ", names.Take(NamesShown).Select(name => $"'{name}'")) + (names.Count > NamesShown ? $" and {names.Count - NamesShown} more" : "");
}
