using System.Collections.Immutable;
using ResNetManaged.Layers.State;
using ResNetManaged.Models.Parts;
using ResNetManaged.Tensors;

namespace ResNetManaged.Models.Inferring;

/// <summary>Questions about the names and shapes of a state.</summary>
internal readonly struct StateShapes(StateDict state)
{
    private static readonly ImmutableArray<ImmutableArray<int>> UsualStems =
        [[Stem.ImageNetChannels], [Stem.ImageNetChannels / 2, Stem.ImageNetChannels / 2, Stem.ImageNetChannels]];

    /// <summary>Whether the state has an entry.</summary>
    public bool Has(string name) => state.ContainsKey(name);

    /// <summary>Whether the name of a convolution's weights has an ending.</summary>
    public bool HasConvolution(string ending)
    {
        foreach ((string name, Tensor tensor) in state)
            if (tensor.Rank == 4 && name.EndsWith(ending, StringComparison.Ordinal)) return true;
        return false;
    }

    /// <summary>The shape of an entry; null if there is none, or if it has another rank.</summary>
    public Shape? Find(string name, int? rank = null) =>
        state.TryGetValue(name, out Tensor? tensor) && tensor.Rank == (rank ?? tensor.Rank) ? tensor.Shape : null;

    /// <summary>The channels that a convolution returns; 0 if there is none.</summary>
    public int OutChannels(string weight) => Find(weight, rank: 4)?[0] ?? 0;

    /// <summary>The channels that a stem's convolutions return; empty if they are the usual ones.</summary>
    public ImmutableArray<int> StemWidths(string[] weights)
    {
        ImmutableArray<int>.Builder widths = ImmutableArray.CreateBuilder<int>();
        foreach (string weight in weights) widths.Add(OutChannels(weight));
        return UsualStems.Any(usual => usual.SequenceEqual(widths)) ? [] : widths.ToImmutable();
    }

    /// <summary>The kind with the most convolutions, among those whose last convolution is in the state.</summary>
    public BlockKind? KindOf(Func<int, string> convolution)
    {
        foreach (BlockKind kind in BlockKind.All.OrderByDescending(kind => kind.Convolutions))
            if (Find(convolution(kind.Convolutions - 1), rank: 4) is not null) return kind;
        return null;
    }

    /// <summary>The number of blocks in each stage, up to the first stage without any.</summary>
    public ImmutableArray<int> Depths(Func<int, int, string> firstConvolution)
    {
        ImmutableArray<int>.Builder depths = ImmutableArray.CreateBuilder<int>();
        while (Has(firstConvolution(depths.Count, 0)))
        {
            int blocks = 1;
            while (Has(firstConvolution(depths.Count, blocks))) blocks++;
            depths.Add(blocks);
        }
        return depths.ToImmutable();
    }
}
