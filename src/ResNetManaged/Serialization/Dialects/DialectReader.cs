using ResNetManaged.Layers.State;
using ResNetManaged.Preprocessing;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.IO;

namespace ResNetManaged.Serialization.Dialects;

/// <summary>Finds a network among a checkpoint's tensors and gives them the names that this library uses, by the rules of <see cref="DialectTable"/>.</summary>
internal static class DialectReader
{
    private const string Counter = "num_batches_tracked", FirstConvolution = "conv1.weight", AverageCount = "n_averaged";
    private const float FoldedVariance = 1 - 1e-5f; // so that 1 / sqrt(variance + epsilon) is 1

    /// <summary>Reads a checkpoint's names. Names that no rule knows stay as they are.</summary>
    /// <param name="state">The tensors.</param>
    /// <param name="average">Whether the network must be a moving average of the weights.</param>
    /// <exception cref="CheckpointException">The file holds two networks, and no rule prefers one; or it has no moving average.</exception>
    public static DialectReading Read(StateDict state, bool average = false)
    {
        List<string> notes = [.. state.Origin?.Notes ?? []];
        NetworkRoot? root = NetworkRoot.Find(state, notes, average);
        if (average && !IsAverage(state, root))
        {
            throw new CheckpointException(state.Source, null, "has no moving average of the weights",
                $"expected one under '{string.Join("', '", DialectTable.Containers.Where(rule => rule.IsAverage).Select(rule => rule.Key))}', "
                + "or torch's AveragedModel; without the option for averages the weights themselves are read");
        }
        if (root is null) return new(state, null, OriginOf(state, "unknown", notes));

        if (root.Others.Count > 0) state = BatchStatistics.Share(state, root, notes);
        if (root.Dialect.Assumption is { } assumption) notes.Add(assumption);
        List<(string Name, string Original, Tensor Tensor)> tensors = [];
        List<string> dropped = [];
        bool changed = false; // a checkpoint that needs no change is not copied
        foreach ((string original, Tensor tensor) in state)
        {
            bool ofOther = root.IsOfOther(original), inside = !ofOther && original.StartsWith(root.Prefix, StringComparison.Ordinal);
            string name = inside ? Translate(original[root.Prefix.Length..], root.Dialect) : root.WithoutWrappers(original);
            if (ofOther || IsDropped(name, inside))
            {
                dropped.Add(name);
                continue;
            }
            Tensor shaped = IsCounter(name) && tensor.Shape == [1] ? tensor.Reshape([]) : tensor;
            if (root.Dialect.ReadsBgr && name == FirstConvolution && tensor.Rank == 4 && tensor.Shape[1] == RgbImage.Channels)
            {
                shaped = WithChannelsReversed(tensor);
                notes.Add("its first convolution takes blue, green and red; it was turned around to take red, green and blue");
            }
            changed |= name != original || shaped != tensor;
            tensors.Add((name, original, shaped));
        }
        string? head = HeadFinder.Find(tensors, root.HasProjection, dropped, notes);
        changed |= dropped.Count > 0 || tensors.Count != state.Count || tensors.Exists(tensor => tensor.Name != tensor.Original);

        CheckpointOrigin origin = OriginOf(state, root.Dialect.Name, notes, root.Prefix, head, Summarize(dropped));
        if (!changed) return new(state, root.Dialect, origin);
        StateDict read = new() { Source = state.Source, Metadata = state.Metadata };
        foreach ((string name, string original, Tensor tensor) in tensors)
        {
            if (read.ContainsKey(name))
                throw new CheckpointException(state.Source, original, $"has the name of another tensor, '{UntrustedText.Printable(name)}', once it is translated",
                    "expected one network; a file of name rules can drop the other");
            read.Add(name, tensor);
        }
        if (root.Dialect.HasFoldedStatistics) AddStatistics(read);
        return new(read, root.Dialect, origin);
    }

    /// <summary>What <see cref="Read"/> says of a checkpoint with torchvision's names that needs no change.</summary>
    /// <param name="state">The checkpoint.</param>
    /// <param name="head">The head's name; null if there is none.</param>
    /// <param name="notes">What was assumed, in sentences.</param>
    public static CheckpointOrigin OriginOf(StateDict state, string? head, IEnumerable<string> notes) =>
        OriginOf(state, DialectTable.Torchvision, [.. state.Origin?.Notes ?? [], .. notes], head: head);

    /// <summary>Removes prefixes of <see cref="DialectTable.Prefixes"/> that all names share, repeatedly.</summary>
    public static StateDict WithoutSharedPrefixes(StateDict tensors)
    {
        int shared = 0; // names are cut once, at the end: a name may be megabytes of repeated prefixes
        while (DialectTable.Prefixes.FirstOrDefault(prefix => IsOnAll(prefix.Text, shared, tensors)) is { } prefix) shared += prefix.Text.Length;
        if (shared == 0) return tensors;
        StateDict stripped = new() { Source = tensors.Source, Metadata = tensors.Metadata, Origin = tensors.Origin };
        foreach ((string name, Tensor tensor) in tensors) stripped.Add(name[shared..], tensor);
        return stripped;
    }

    /// <summary>Whether a tensor counts batches, which inference does not need.</summary>
    public static bool IsCounter(string name) => name.EndsWith(Counter, StringComparison.Ordinal);

    /// <summary>Groups names by their first part: <c>projection_head.* (8)</c>.</summary>
    private static List<string> Summarize(IEnumerable<string> names) =>
    [
        .. names.GroupBy(name => name.Split('.', 2)[0]).Select(group => group.Count() == 1
            ? UntrustedText.Printable(group.First())
            : $"{UntrustedText.Printable(group.Key)}.* ({group.Count()})"),
    ];

    private static CheckpointOrigin OriginOf(
        StateDict state, string dialect, List<string> notes, string prefix = "", string? head = null, IReadOnlyList<string>? dropped = null) => new()
        {
            File = state.Source,
            Container = state.Origin?.Container,
            Dialect = dialect,
            Prefix = prefix,
            Head = head,
            Dropped = dropped ?? [],
            Notes = notes,
        };

    private static string Translate(string name, Dialect dialect)
    {
        foreach (NameRule rule in dialect.Rules)
        {
            if (rule.TryApply(name, out string? renamed)) return renamed;
        }
        return name;
    }

    private static bool IsDropped(string name, bool inside)
    {
        foreach (DropRule rule in DialectTable.Dropped)
        {
            if (!(inside && rule.OutsideOnly) && rule.Pattern.Matches(name)) return true;
        }
        return false;
    }

    /// <summary>Adds the mean 0 and the variance 1 to batch norms that have been reduced to a scale and a shift.</summary>
    private static void AddStatistics(StateDict state)
    {
        foreach ((string name, Tensor tensor) in state.ToArray())
        {
            if (tensor.Rank != 1 || !name.EndsWith(".weight", StringComparison.Ordinal)) continue;
            string norm = name[..^"weight".Length];
            if (state.ContainsKey(norm + "running_mean")) continue;
            state.Add(norm + "running_mean", Tensor.Zeros(tensor.Shape));
            state.Add(norm + "running_var", Tensor.Full(tensor.Shape, FoldedVariance));
        }
    }

    private static bool IsAverage(StateDict state, NetworkRoot? root) =>
        root is { IsCopy: true }
        || state.Keys.Any(name => name.EndsWith(AverageCount, StringComparison.Ordinal))
        || state.Origin is { IsAverage: true };

    /// <summary>The weights of a convolution whose input has its channels in the opposite order.</summary>
    private static Tensor WithChannelsReversed(Tensor weights)
    {
        int channels = weights.Shape[1], kernel = weights.Shape[2] * weights.Shape[3];
        Tensor reversed = Tensor.Uninitialized(weights.Shape);
        for (int i = 0; i < weights.Shape[0] * channels; i++)
        {
            int opposite = i / channels * channels + channels - 1 - i % channels;
            weights.ReadOnlySpan.Slice(opposite * kernel, kernel).CopyTo(reversed.Span.Slice(i * kernel, kernel));
        }
        return reversed;
    }

    private static bool IsOnAll(string prefix, int start, StateDict tensors) =>
        tensors.Count > 0 && tensors.Keys.All(name => name.Length > start + prefix.Length && name.AsSpan(start).StartsWith(prefix));
}
