using ResNetManaged.Layers.State;
using ResNetManaged.Models;
using ResNetManaged.Models.Inferring;
using ResNetManaged.Preprocessing;
using ResNetManaged.Serialization.Classes;
using ResNetManaged.Serialization.Dialects;
using ResNetManaged.Serialization.Folders;
using ResNetManaged.Serialization.Quantized;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.IO;

namespace ResNetManaged.Serialization;

/// <summary>Loads networks from checkpoints, inferring the architecture from the names and shapes of the tensors, and saves them.</summary>
public static class ResNetCheckpoint
{
    /// <summary>The prefix of tensors that only resuming a training run needs; they are not part of the network.</summary>
    internal const string TrainingPrefix = "training.";

    /// <summary>Loads a network with its weights, ready for inference.</summary>
    /// <remarks>
    /// Reads the same files as <see cref="Checkpoint.Load(string)"/> and, like it, reads large weights on first use. The networks may be
    /// torchvision's, timm's, the <c>textbook_*</c> ones, or the usual CIFAR ones, under the names of any dialect in docs/bring-your-network.md. The number
    /// of input channels always follows from the file. A file without a head makes a network without one, which embeds but does not classify.
    /// A folder is one of Hugging Face's or timm's: <c>config.json</c> and <c>preprocessor_config.json</c> beside the weights give class names and
    /// preprocessing, <see cref="ImageNetwork.ClassNames"/> and <see cref="ImageNetwork.Preset"/>, and must agree with the tensors. The folder's
    /// <c>model.safetensors</c>, its index, and one of several files of weights stand for the folder.
    /// </remarks>
    /// <param name="path">The file or folder.</param>
    /// <param name="variant">One of <see cref="ResNetVariants.Names"/>, to override the inferred one; null to infer.</param>
    /// <param name="numClasses">The number of classes that the file must have; null to accept any.</param>
    /// <returns>The network, in evaluation mode.</returns>
    /// <exception cref="CheckpointException">The file is damaged, or holds no residual network of a known family.</exception>
    /// <exception cref="StateDictMismatchException">The file's tensors do not fit the network; the message names the network that they look like.</exception>
    /// <exception cref="ArgumentException">The variant is unknown.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public static ResNet Load(string path, string? variant = null, int? numClasses = null) =>
        Load(path, new CheckpointOptions { Variant = variant, NumClasses = numClasses });

    /// <summary>Loads a network from a stream: see <see cref="Load(string, string?, int?)"/>.</summary>
    /// <param name="stream">The stream, read from its position to its end; it stays open. All weights are read at once.</param>
    /// <param name="variant">One of <see cref="ResNetVariants.Names"/>, to override the inferred one; null to infer.</param>
    /// <param name="numClasses">The number of classes that the checkpoint must have; null to accept any.</param>
    /// <returns>The network, in evaluation mode.</returns>
    /// <exception cref="CheckpointException">The data is damaged, or holds no residual network of a known family.</exception>
    /// <exception cref="StateDictMismatchException">The tensors do not fit the network; the message names the network that they look like.</exception>
    /// <exception cref="ArgumentException">The variant is unknown.</exception>
    public static ResNet Load(Stream stream, string? variant = null, int? numClasses = null) =>
        Load(stream, new CheckpointOptions { Variant = variant, NumClasses = numClasses });

    /// <summary>Loads a network with its weights, ready for inference: see <see cref="Load(string, string?, int?)"/>.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">The network, the number of classes, and rules for names, where they do not follow from the file.</param>
    /// <returns>The network, in evaluation mode; its <see cref="ImageNetwork.ReadingNotes"/> says how it was read.</returns>
    /// <exception cref="CheckpointException">The file is damaged, or holds no residual network of a known family.</exception>
    /// <exception cref="StateDictMismatchException">The file's tensors do not fit the network; the message names the network that they look like.</exception>
    /// <exception cref="ArgumentException">The variant is unknown.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public static ResNet Load(string path, CheckpointOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        EarlyCompilation.Start();
        return ModelFolder.TryLoad(path, options) ?? Build(Checkpoint.LoadUnchanged(path, options.Average), options.Config, options);
    }

    /// <summary>Loads a network from a stream: see <see cref="Load(string, CheckpointOptions)"/>.</summary>
    /// <param name="stream">The stream, read from its position to its end; it stays open. All weights are read at once.</param>
    /// <param name="options">The network, the number of classes, and rules for names, where they do not follow from the file.</param>
    /// <returns>The network, in evaluation mode; its <see cref="ImageNetwork.ReadingNotes"/> says how it was read.</returns>
    /// <exception cref="CheckpointException">The data is damaged, or holds no residual network of a known family.</exception>
    /// <exception cref="StateDictMismatchException">The tensors do not fit the network; the message names the network that they look like.</exception>
    /// <exception cref="ArgumentException">The variant is unknown.</exception>
    public static ResNet Load(Stream stream, CheckpointOptions options)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(options);
        EarlyCompilation.Start();
        return Build(Checkpoint.LoadUnchanged(stream, "stream", options.Average), options.Config, options);
    }

    /// <summary>
    /// Saves a network as safetensors, with its class names and its preprocessing, if any. <see cref="Load(string, string?, int?)"/> reads the file.
    /// </summary>
    /// <param name="path">The file; an existing one is replaced only once the new one is on disk.</param>
    /// <param name="model">The network.</param>
    /// <param name="half">True to round weights to half precision.</param>
    /// <exception cref="CheckpointException">A weight exceeds the range of half precision.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Save(string path, ResNet model, bool half = false)
    {
        ArgumentNullException.ThrowIfNull(model);
        Safetensors.Write(path, model.StateDict(), MetadataOf(model), half);
    }

    /// <summary>What the file of a network says next to its tensors.</summary>
    internal static Dictionary<string, string> MetadataOf(ResNet model)
    {
        Dictionary<string, string> metadata = [];
        if (model.ClassNames is { } names) metadata.Add(CheckpointClasses.MetadataName, CheckpointClasses.Compose(names));
        if (model.Preset is { } preset) metadata.Add(CheckpointPreset.MetadataName, CheckpointPreset.Compose(preset));
        CheckpointArchitecture.AddTo(metadata, model);
        return metadata;
    }

    /// <summary>Builds a network from tensors that are already loaded; see <see cref="Load(string, string?, int?)"/>.</summary>
    /// <param name="state">The tensors; the network uses them directly, without a copy.</param>
    /// <param name="config">The architecture, except for its classes and input channels; null to infer it.</param>
    /// <param name="numClasses">The number of classes that the tensors must have; null to accept any.</param>
    /// <returns>The network, in evaluation mode.</returns>
    /// <exception cref="CheckpointException">The tensors do not belong to a residual network of a known family.</exception>
    /// <exception cref="StateDictMismatchException">The tensors do not fit the network.</exception>
    public static ResNet Build(StateDict state, ResNetConfig? config = null, int? numClasses = null)
    {
        ArgumentNullException.ThrowIfNull(state);
        return Build(state, config, new CheckpointOptions { NumClasses = numClasses });
    }

    /// <summary>Builds a network from tensors under their own names, which rules may replace.</summary>
    /// <param name="state">The tensors.</param>
    /// <param name="given">The architecture, instead of the options' own; null to infer it.</param>
    /// <param name="options">How to read them.</param>
    internal static ResNet Build(StateDict state, ResNetConfig? given, CheckpointOptions options)
    {
        ResNet model = BuildFloats(state, given, options);
        QuantizationMetadata.Apply(model, state);
        return model;
    }

    private static ResNet BuildFloats(StateDict state, ResNetConfig? given, CheckpointOptions options)
    {
        int? numClasses = options.NumClasses;
        state = WithoutTraining(state);
        if (options.Names is not null) state = options.Names.Apply(state);
        if (!options.Average && Plain(state, given, numClasses) is { } plain) return plain;
        DialectReading reading = DialectReader.Read(state, options.Average);
        ResNetConfig? inferred = CheckpointArchitecture.Complete(ArchitectureInference.Infer(reading.State), state);
        if (inferred is null)
            return InOrder(state, given, numClasses, reading.Origin) ?? throw NearestNetwork.Describe(reading.State, options.Average);

        string[] assumptions = Assumptions(reading.State, inferred, given);
        if (reading.Dialect is { StridesInFirstConvolution: true } && inferred.Block == BlockKind.Bottleneck && inferred.Groups == 1)
            inferred = inferred with { StrideInFirstConvolution = true };
        ResNetConfig config = Chosen(given, inferred, numClasses);
        ResNet model = Create(config, state.Source);
        try
        {
            model.LoadStateDict(Renamed(reading.State, config.Naming));
        }
        catch (StateDictMismatchException exception)
        {
            if (InOrder(state, given, numClasses, reading.Origin) is { } matched) return matched;
            if (config with { NumClasses = inferred.NumClasses } == inferred)
            {
                if (!options.Average) throw;
                throw new StateDictMismatchException($"{exception.Message} That is its moving average; without the option for averages the weights themselves are read.", exception);
            }
            throw new StateDictMismatchException($"{exception.Message} The file looks like {Name(inferred)}, not {Name(config)}.", exception);
        }
        return Finish(model, reading.State, reading.Origin.With(assumptions), inferred.Groups == 1 ? reading.Dialect?.Preset : reading.Dialect?.GroupedPreset);
    }

    /// <summary>
    /// Loads a file whose names are all torchvision's and the network's own, so that no rule would change one; null for any other file. It is the usual
    /// file, and trying every rule on every name would take longer than reading its directory.
    /// </summary>
    private static ResNet? Plain(StateDict state, ResNetConfig? given, int? numClasses)
    {
        ResNetConfig? inferred = CheckpointArchitecture.Complete(ArchitectureInference.Infer(state), state);
        if (inferred is not { Naming: ResNetNaming.Torchvision or ResNetNaming.Cifar, Stem: not StemKind.Face }) return null;
        string[] assumptions = Assumptions(state, inferred, given);
        ResNet model;
        try
        {
            model = Create(Chosen(given, inferred, numClasses), state.Source);
            if (!model.LoadStateDict(state, strict: false).IsEmpty) return null;
        }
        catch (Exception exception) when (exception is StateDictMismatchException or CheckpointException)
        {
            return null; // the rules may mend it, or say what is wrong
        }
        return Finish(model, state, DialectReader.OriginOf(state, inferred.NumClasses == 0 ? null : inferred.Naming == ResNetNaming.Cifar ? "linear" : "fc", assumptions));
    }

    /// <summary>What the tensors leave open, in sentences.</summary>
    /// <exception cref="CheckpointException">They leave too much open.</exception>
    private static string[] Assumptions(StateDict state, ResNetConfig inferred, ResNetConfig? given)
    {
        string? norm = GroupNormEvidence.Check(state, inferred, given);
        if (given is null && inferred.Depths.Length > ResNetConfig.UsualWidths.Length && !CheckpointArchitecture.SaysStride(state))
        {
            throw new CheckpointException(state.Source, null, $"holds a network of {inferred.Depths.Length} stages",
                $"expected at most {ResNetConfig.UsualWidths.Length}: its tensors do not say whether the others halve the size; an ONNX file does");
        }
        bool isForCifar = inferred.Stem == StemKind.Cifar && inferred.Widths[0] < ResNetConfig.UsualWidths[0]; // those have three stages
        bool isCut = inferred.NumClasses == 0 && inferred.Depths.Length != ResNetConfig.UsualWidths.Length && given is null && !isForCifar
            && ResNetVariants.NameOf(inferred) is null;
        string? cut = isCut ? $"it holds no head and {Counted.Of(inferred.Depths.Length, "stage")} instead of {ResNetConfig.UsualWidths.Length}; these were taken as the whole network" : null;
        return [.. new[] { norm, cut }.OfType<string>()];
    }

    private static ResNetConfig Chosen(ResNetConfig? given, ResNetConfig inferred, int? numClasses) =>
        (given ?? inferred) with { NumClasses = numClasses ?? inferred.NumClasses, InChannels = inferred.InChannels };

    /// <summary>The only named network whose tensors have these shapes in this order; null if there is none.</summary>
    /// <exception cref="CheckpointException">There are several.</exception>
    private static ResNet? InOrder(StateDict state, ResNetConfig? given, int? numClasses, CheckpointOrigin origin)
    {
        List<(string Variant, ResNetConfig Config, StateDict State)> fits = OrderMatching.Find(state, given, numClasses);
        if (fits.Count == 0) return null;
        if (fits.Count > 1)
        {
            throw new CheckpointException(state.Source, null,
                $"has names that no rule knows, and {string.Join(" and ", fits.Select(fit => fit.Variant))} have its shapes in its order",
                "expected one network; name it, or give the file's names with name rules");
        }
        (string variant, ResNetConfig config, StateDict named) = fits[0];
        ResNet model = new(config);
        model.LoadStateDict(named);
        string note = $"its names fit no rule; its {Counted.Of(named.Count, "tensor")} were matched by order and shape, which only {variant} has";
        return Finish(model, named, new CheckpointOrigin
        {
            File = origin.File,
            Container = origin.Container,
            Dialect = "order and shape",
            Head = config.NumClasses == 0 ? null : HeadFinder.LayerOf(state.Last(OrderMatching.IsPlaced).Key),
            Notes = [.. origin.Notes, note],
        });
    }

    private static ResNet Finish(ResNet model, StateDict state, CheckpointOrigin origin, ImagePreset? usual = null)
    {
        model.ClassNames = CheckpointClasses.Find(state, model.Config.NumClasses, out string? fault);
        model.Origin = fault is null ? origin : origin.With([fault]);
        model.Preset = CheckpointPreset.Find(state) ?? PublishedFiles.PresetOf(state.Source) ?? usual;
        return model.Eval();
    }

    private static StateDict WithoutTraining(StateDict state)
    {
        if (!state.Keys.Any(IsOfTraining)) return state;
        StateDict network = new() { Source = state.Source, Metadata = state.Metadata, Origin = state.Origin };
        foreach ((string name, Tensor tensor) in state)
        {
            if (!IsOfTraining(name)) network.Add(name, tensor);
        }
        return network;

        static bool IsOfTraining(string name) => name.StartsWith(TrainingPrefix, StringComparison.Ordinal);
    }

    private static ResNet Create(ResNetConfig config, string source)
    {
        try
        {
            return new ResNet(config);
        }
        catch (ArgumentException exception)
        {
            throw new CheckpointException(source, null, "has shapes that no ResNet has", "expected widths, groups and blocks that fit together", exception);
        }
    }

    private static string Name(ResNetConfig config) => ResNetVariants.NameOf(config) ?? "an unnamed ResNet";

    /// <summary>The same tensors with the head and the shortcuts named as in the given naming.</summary>
    private static StateDict Renamed(StateDict state, ResNetNaming naming)
    {
        (string From, string To)[] renames = naming == ResNetNaming.Cifar
            ? [("fc.", "linear."), (".downsample.", ".shortcut.")]
            : [("linear.", "fc."), (".shortcut.", ".downsample.")];
        StateDict renamed = new() { Source = state.Source };
        foreach ((string name, Tensor tensor) in state)
        {
            bool isHead = name.StartsWith(renames[0].From, StringComparison.Ordinal);
            renamed.Add(isHead ? renames[0].To + name[renames[0].From.Length..] : name.Replace(renames[1].From, renames[1].To), tensor);
        }
        return renamed;
    }
}
