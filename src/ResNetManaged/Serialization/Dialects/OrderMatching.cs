using ResNetManaged.Layers.State;
using ResNetManaged.Models;
using ResNetManaged.Models.Parts;
using ResNetManaged.Tensors;

namespace ResNetManaged.Serialization.Dialects;

/// <summary>Recognizes a network by the order and the shapes of its tensors, for files whose names no rule knows.</summary>
/// <remarks>
/// A file of PyTorch lists tensors in the order in which modules were created, so the same network has the same sequence of shapes. What the last part of a
/// name says that a tensor is, such as <c>gamma</c> or <c>moving_mean</c>, must fit its place.
/// </remarks>
internal static class OrderMatching
{
    private const int FewestTensors = 20; // so that no short sequence fits by accident

    /// <summary>Finds the named networks whose tensors have these shapes in this order.</summary>
    /// <param name="state">The tensors; those that count batches are ignored.</param>
    /// <param name="variant">The only network to consider; null for all.</param>
    /// <param name="numClasses">The number of classes that it must have; null for any.</param>
    /// <returns>Each network that fits, with the names of its tensors.</returns>
    public static List<(string Variant, ResNetConfig Config, StateDict State)> Find(StateDict state, ResNetConfig? variant, int? numClasses)
    {
        KeyValuePair<string, Tensor>[] placed = [.. state.Where(IsPlaced)];
        Tensor[] tensors = Array.ConvertAll(placed, entry => entry.Value);
        string?[] roles = Array.ConvertAll(placed, entry => RoleOf(entry.Key));
        List<(string, ResNetConfig, StateDict)> fits = [];
        if (tensors.Length < FewestTensors || tensors[0].Rank != 4 || tensors.Any(tensor => tensor.ElementCount == 0)) return fits;
        int classes = tensors[^1].Rank == 1 && tensors[^2].Rank == 2 ? tensors[^1].Shape[0] : 0;
        if (numClasses is not null && numClasses != classes) return fits;
        foreach (string name in ResNetVariants.Names)
        {
            ResNetConfig known = ResNetVariants.Get(name);
            if (variant is not null && variant != known) continue;
            if (variant is null && known.Norm == NormKind.Group) continue; // batch norms without their statistics have the same shapes
            ResNetConfig config = known with { NumClasses = classes, InChannels = tensors[0].Shape[1] };
            if (Named(config, tensors, roles, state) is { } named) fits.Add((name, config, named));
        }
        return fits;
    }

    /// <summary>Whether a tensor has a place in the order; those that count batches, which have no dimensions, have none.</summary>
    public static bool IsPlaced(KeyValuePair<string, Tensor> entry) => entry.Value.Rank > 0 && !DialectReader.IsCounter(entry.Key);

    /// <summary>What the last part of a name says that a tensor is, as PyTorch calls it; null if it says nothing.</summary>
    private static string? RoleOf(string name) => name[(name.LastIndexOfAny(['.', '/', ':']) + 1)..].ToLowerInvariant() switch
    {
        "weight" or "gamma" or "scale" or "kernel" => "weight",
        "bias" or "beta" or "offset" => "bias",
        "running_mean" or "moving_mean" or "mean" or "_mean" => "running_mean",
        "running_var" or "moving_variance" or "moving_var" or "variance" or "var" or "_variance" => "running_var",
        _ => null,
    };

    private static StateDict? Named(ResNetConfig config, Tensor[] tensors, string?[] roles, StateDict state)
    {
        StateDict named = new() { Source = state.Source, Metadata = state.Metadata };
        foreach ((string path, StateTensor expected) in new ResNet(config).NamedState())
        {
            if (DialectReader.IsCounter(path)) continue;
            if (named.Count == tensors.Length || tensors[named.Count].Shape != expected.Shape) return null;
            if (roles[named.Count] is { } role && role != RoleOf(path)) return null;
            named.Add(path, tensors[named.Count]);
        }
        return named.Count == tensors.Length ? named : null;
    }
}
