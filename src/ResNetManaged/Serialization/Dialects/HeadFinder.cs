using ResNetManaged.Layers.State;
using ResNetManaged.Models;
using ResNetManaged.Models.Inferring;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.IO;

namespace ResNetManaged.Serialization.Dialects;

/// <summary>Finds the layer that computes the logits: the only linear layer under one of the names of <see cref="DialectTable.Heads"/>.</summary>
internal static class HeadFinder
{
    private const string Weight = ".weight", Bias = ".bias", Standard = "fc";

    /// <summary>Renames the head to the name that this library expects, and removes one that is not a single linear layer.</summary>
    /// <param name="tensors">The tensors, whose names change.</param>
    /// <param name="isProjection">Whether the last layer is a projection, which is removed.</param>
    /// <param name="dropped">Receives the names of the tensors removed.</param>
    /// <param name="notes">Receives a sentence if a head cannot be used.</param>
    /// <returns>The head's name in the file; null if there is none.</returns>
    public static string? Find(List<(string Name, string Original, Tensor Tensor)> tensors, bool isProjection, List<string> dropped, List<string> notes)
    {
        List<(string Name, string Original, Tensor Tensor)> parts = tensors.FindAll(tensor => IsPart(tensor.Name));
        if (parts.Count == 0) return isProjection ? null : FindUnderAnotherName(tensors, notes);
        string[] layers = [.. parts.Select(part => LayerOf(part.Name)).Distinct()];
        if (layers is [string layer] && !isProjection)
        {
            // A head of another rank is a 1x1 convolution, whose network has it under its own name.
            if (parts.Exists(part => part.Tensor.Rank is not (1 or 2))) return layer;
            if (parts.Exists(part => part.Name == layer + Weight) && parts.TrueForAll(part => part.Name == layer + Weight ? part.Tensor.Rank == 2 : part.Name == layer + Bias && part.Tensor.Rank == 1))
                return Rename(tensors, layer, notes);
        }
        if (!isProjection)
        {
            notes.Add(layers.Length == 1
                ? $"its head, '{UntrustedText.Printable(layers[0])}', holds {Listed(parts.Select(part => part.Original))} instead of a weight and a bias, and is not read; the network "
                    + $"embeds but does not classify. {(parts.Exists(part => part.Name != layers[0] + Bias) ? "Save the head without weight norm, pruning or adapters" : "Save the head with its weight")}"
                : $"its head has several layers ({Listed(layers)}), which are not read; the network embeds but does not classify");
        }
        dropped.AddRange(parts.Select(part => part.Name));
        tensors.RemoveAll(tensor => IsPart(tensor.Name));
        return null;
    }

    /// <summary>The only linear layer of a body without a head, if it takes the body's features, whatever its name.</summary>
    private static string? FindUnderAnotherName(List<(string Name, string Original, Tensor Tensor)> tensors, List<string> notes)
    {
        int weight = tensors.FindIndex(tensor => tensor.Tensor.Rank == 2);
        if (weight < 0 || tensors.FindLastIndex(tensor => tensor.Tensor.Rank == 2) != weight || !tensors[weight].Name.EndsWith(Weight, StringComparison.Ordinal)) return null;
        string layer = LayerOf(tensors[weight].Name);
        Shape shape = tensors[weight].Tensor.Shape;
        StateDict body = new();
        foreach ((string name, _, Tensor tensor) in tensors)
        {
            if (LayerOf(name) == layer)
            {
                if (tensor != tensors[weight].Tensor && !(name == layer + Bias && tensor.Shape == [shape[0]])) return null;
            }
            else if (!body.ContainsKey(name)) body.Add(name, tensor);
        }
        if (ArchitectureInference.Infer(body) is not { NumClasses: 0, Naming: ResNetNaming.Torchvision, Stem: not StemKind.Face } config) return null;
        if (shape.ElementCount == 0 || shape[1] != config.Widths[^1] * config.KindOf(config.Widths.Length - 1).Expansion) return null;
        string original = Rename(tensors, layer, notes);
        notes.Add($"its only linear layer, '{UntrustedText.Printable(original)}', has a name that no rule knows; it was read as the head");
        return original;
    }

    private static string Listed(IEnumerable<string> names)
    {
        string[] first = [.. names.Take(5)];
        return string.Join(", ", first.Take(4).Select(UntrustedText.Printable)) + (first.Length > 4 ? ", ..." : "");
    }

    private static string Rename(List<(string Name, string Original, Tensor Tensor)> tensors, string layer, List<string> notes)
    {
        int weight = tensors.FindIndex(tensor => tensor.Name == layer + Weight);
        string original = LayerOf(tensors[weight].Original);
        if (!tensors.Exists(tensor => tensor.Name == layer + Bias))
        {
            tensors.Add((layer + Bias, original + Bias, Tensor.Zeros([tensors[weight].Tensor.Shape[0]])));
            notes.Add($"its head, '{UntrustedText.Printable(original)}', has no bias; zeros were taken");
        }
        if (layer is Standard or "linear") return original;
        for (int i = 0; i < tensors.Count; i++)
        {
            if (LayerOf(tensors[i].Name) == layer) tensors[i] = tensors[i] with { Name = Standard + tensors[i].Name[layer.Length..] };
        }
        return original;
    }

    private static bool IsPart(string name)
    {
        foreach (HeadRule rule in DialectTable.Heads)
        {
            if (name.Length > rule.Name.Length && name[rule.Name.Length] == '.' && name.StartsWith(rule.Name, StringComparison.Ordinal)) return true;
        }
        return false;
    }

    /// <summary>The name of the layer that a tensor belongs to.</summary>
    public static string LayerOf(string name) => name.LastIndexOf('.') is int dot and >= 0 ? name[..dot] : name;
}
