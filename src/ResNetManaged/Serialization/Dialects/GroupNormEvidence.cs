using ResNetManaged.Layers.State;
using ResNetManaged.Models;
using ResNetManaged.Models.Parts;

namespace ResNetManaged.Serialization.Dialects;

/// <summary>
/// Tells networks with group norm from files that have lost the statistics of their batch norms: both have the same names and shapes.
/// </summary>
internal static class GroupNormEvidence
{
    /// <summary>The metadata entry that says what normalizes in a network with group norm that this library wrote.</summary>
    public const string MetadataName = "norm";

    /// <summary>Its value.</summary>
    public const string Group = "group";

    private const int FoldersOfACache = 3; // models--OWNER--NAME/snapshots/REVISION
    private const string InMemory = "state_dict"; // a StateDict's source unless it was read

    /// <summary>Checks that a network whose norms have no statistics is one with group norm.</summary>
    /// <param name="state">The tensors.</param>
    /// <param name="inferred">What they look like.</param>
    /// <param name="given">The network that the caller named; null if it is inferred.</param>
    /// <returns>A sentence about what was assumed; null if nothing was.</returns>
    /// <exception cref="CheckpointException">Nothing says that it is one.</exception>
    public static string? Check(StateDict state, ResNetConfig inferred, ResNetConfig? given)
    {
        if (inferred.Norm != NormKind.Group || given is not null || IsOurs(state)) return null;
        string? variant = ResNetVariants.NameOf(inferred);
        bool counts = state.Keys.Any(DialectReader.IsCounter);
        bool isNamed = NamedIn(state.Source), isSaid = isNamed || variant is not null && (state.Source == InMemory || inferred.IsPreActivation && !IsNamedOtherwise(state.Source));
        if (counts || !isSaid)
        {
            throw new CheckpointException(state.Source, null, "has norms without running_mean and running_var: it holds only the parameters of a network with batch norm",
                "expected all tensors; save them with torch.save(model.state_dict(), path)"
                + (variant is null || counts ? "" : $", or name the network if it has group norm, such as {variant}"));
        }
        return $"its norms have no running_mean and running_var, and were read as group norms of 32 groups, as in {variant ?? "timm's networks"}; "
            + "the parameters alone of a network with batch norm would look the same and compute nonsense";
    }

    /// <summary>Whether this library wrote the file, which stores statistics wherever there are some.</summary>
    private static bool IsOurs(StateDict state) => state.Metadata.TryGetValue(MetadataName, out string? norm) && norm == Group
        || state.Metadata.ContainsKey(CheckpointClasses.MetadataName) || state.Metadata.ContainsKey(CheckpointPreset.MetadataName);

    /// <summary>Whether a file's name, or that of a folder for a ResNet around it, says that its network has group norm.</summary>
    private static bool NamedIn(string path)
    {
        string[] parts = path.ToLowerInvariant().Split('/', '\\');
        return parts.TakeLast(FoldersOfACache + 1).Where(part => part.Contains("resnet", StringComparison.Ordinal) || part == parts[^1])
            .Any(part => part.Split('_', '-', '.', ' ').Any(word => word is "gn" or "groupnorm" or "bit"));
    }

    /// <summary>Whether a file's name is that of a network with batch norm.</summary>
    private static bool IsNamedOtherwise(string path) =>
        ResNetVariants.Names.Where(name => Path.GetFileName(path).StartsWith(name, StringComparison.Ordinal)).MaxBy(name => name.Length) is { } named
        && ResNetVariants.Get(named).Norm == NormKind.Batch;
}
