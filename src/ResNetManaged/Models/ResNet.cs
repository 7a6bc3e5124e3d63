using System.Collections.Immutable;
using System.Globalization;
using ResNetManaged.Graphs;
using ResNetManaged.Layers;
using ResNetManaged.Layers.State;
using ResNetManaged.Models.Parts;
using ResNetManaged.Plans;
using ResNetManaged.Preprocessing;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;

using Linear = ResNetManaged.Layers.Linear;

namespace ResNetManaged.Models;

/// <summary>A residual network: a stem, stages of residual blocks, global average pooling, and a linear head.</summary>
/// <remarks>
/// He et al. 2015, "Deep Residual Learning for Image Recognition", arXiv:1512.03385, table 1. Input <c>[N, C, H, W]</c> with
/// the configuration's <see cref="ResNetConfig.InChannels"/>, output logits <c>[N, NumClasses]</c>, or pooled features <c>[N, D]</c> of a network
/// without a head.
/// </remarks>
public sealed class ResNet : Module
{
    private readonly List<Module> _stem = [];
    private readonly List<Sequential> _stages = [];
    private readonly AdaptiveAvgPool2d _pool;
    private readonly Linear? _head;
    private readonly CompilationCache _features = new();
    private IReadOnlyList<string>? _classNames;

    /// <summary>Creates the article's network.</summary>
    /// <param name="block">The kind of block.</param>
    /// <param name="layers">Blocks per stage, four numbers: <c>[3, 4, 6, 3]</c>.</param>
    /// <param name="numClasses">The length of the logits.</param>
    /// <param name="generator">The source of the initial weights; null to seed randomly.</param>
    /// <exception cref="ArgumentException">There are not four numbers of blocks, or a number is out of range.</exception>
    public ResNet(BlockKind block, ReadOnlySpan<int> layers, int numClasses, TorchGenerator? generator = null)
        : this(ResNetConfig.Textbook(block, ImmutableArray.Create(layers)) with { NumClasses = numClasses }, generator)
    {
    }

    /// <summary>Creates any network.</summary>
    /// <param name="config">The network's configuration.</param>
    /// <param name="generator">The source of the initial weights; null to seed randomly.</param>
    /// <exception cref="ArgumentException">
    /// Depths and widths differ in number, a number is out of range, or settings contradict each other.
    /// </exception>
    public ResNet(ResNetConfig config, TorchGenerator? generator = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        config.Check();
        Config = config;
        bool textbook = config.Naming == ResNetNaming.Textbook;

        RegisterStem(Stem.Build(config, generator), textbook);
        int channels = Stem.Channels(config);
        for (int i = 0; i < config.Depths.Length; i++)
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"layer{(textbook ? $"{i + 2}_x" : i + 1)}");
            _stages.Add(Register(name,
                Builders.Stage(config, channels, config.Widths[i], config.Depths[i], stride: i == 0 ? 1 : 2, generator)));
            channels = config.Widths[i] * config.Block.Expansion;
        }
        _pool = Register("avgpool", new AdaptiveAvgPool2d((1, 1)));
        FeatureLength = channels;
        if (config.NumClasses != 0)
            _head = Register(config.Naming == ResNetNaming.Cifar ? "linear" : "fc", new Linear(channels, config.NumClasses, generator: generator));
        if (!textbook) InitializeConvolutions(generator);
    }

    /// <summary>The network's configuration.</summary>
    public ResNetConfig Config { get; }

    /// <summary>The layer that computes logits from pooled features.</summary>
    /// <exception cref="InvalidOperationException">The network has no head: its <see cref="ResNetConfig.NumClasses"/> is 0.</exception>
    public Linear Head => _head ?? throw new InvalidOperationException(
        "ResNet.Head: the network has no head, so it embeds but does not classify; WithHead adds one.");

    /// <summary>The length of the pooled features, the input of the head.</summary>
    internal int FeatureLength { get; }

    /// <summary>How the network was read from a checkpoint; null if it was not, or was built from a state dict of unknown origin.</summary>
    public CheckpointOrigin? Origin { get; internal set; }

    /// <summary>The stages of residual blocks, in order from the input.</summary>
    public IReadOnlyList<Sequential> Stages => _stages;

    /// <summary>The name of each class, in the order of the logits; null, the default, if unknown. Checkpoints store them.</summary>
    /// <exception cref="ArgumentException">There are more or fewer names than classes.</exception>
    public IReadOnlyList<string>? ClassNames
    {
        get => _classNames;
        set
        {
            if (value is not null && value.Count != Config.NumClasses)
                throw new ArgumentException($"ResNet.ClassNames: {value.Count} names were given; the model has {Config.NumClasses} classes.", nameof(value));
            _classNames = value;
        }
    }

    /// <summary>
    /// How an image becomes the network's input, as its checkpoint or the files beside it say; null, the default, if unknown. Checkpoints store it.
    /// </summary>
    public ImagePreset? Preset { get; set; }

    /// <inheritdoc/>
    public override ResNet Train(bool mode = true)
    {
        base.Train(mode);
        return this;
    }

    /// <inheritdoc/>
    public override ResNet Eval() => Train(false);

    /// <summary>Creates a network with the same body and a new head, the starting point for fine-tuning.</summary>
    /// <remarks>The body's tensors are shared, not copied. The head is initialized as in <c>nn.Linear</c>; the mode stays the same.</remarks>
    /// <param name="numClasses">The length of the logits, at least 1.</param>
    /// <param name="generator">The source of the head's initial weights; null to seed randomly.</param>
    /// <returns>The network, with the same <see cref="Preset"/> and without class names.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The number of classes is not positive.</exception>
    public ResNet WithHead(int numClasses, TorchGenerator? generator = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(numClasses);
        ResNet network = new(Config with { NumClasses = numClasses }) { Preset = Preset };
        StateDict body = new();
        foreach ((string path, Tensor tensor) in StateDict())
        {
            if (network.DepthOf(path) <= _stages.Count) body.Add(path, tensor);
        }
        network.LoadStateDict(body, strict: false);
        Func<Shape, TorchGenerator, Tensor> initializer = Initializers.UniformByFanIn(FeatureLength);
        network.Head.Weight.Initialize(initializer, generator);
        network.Head.Bias!.Initialize(initializer, generator);
        network.Train(Training);
        return network;
    }

    /// <summary>Creates a named network with random weights.</summary>
    /// <param name="name">One of <see cref="ResNetVariants.Names"/>.</param>
    /// <param name="numClasses">The length of the logits; null for the variant's own: 1000, or 10 for CIFAR.</param>
    /// <param name="inChannels">Channels of the input image.</param>
    /// <param name="generator">The source of the initial weights; null to seed randomly.</param>
    /// <returns>The network, in training mode.</returns>
    /// <exception cref="ArgumentException">There is no such name, or a number is out of range.</exception>
    public static ResNet Create(string name, int? numClasses = null, int inChannels = 3, TorchGenerator? generator = null)
    {
        ResNetConfig config = ResNetVariants.Get(name);
        return new ResNet(config with { NumClasses = numClasses ?? config.NumClasses, InChannels = inChannels }, generator);
    }

    /// <summary>Computes the pooled features that the head classifies, <c>[N, D]</c>.</summary>
    /// <param name="input">Images <c>[N, C, H, W]</c>.</param>
    /// <param name="options">Threads and vector width; null for <see cref="ExecutionOptions.Default"/>.</param>
    /// <returns>One row of features for each image.</returns>
    /// <exception cref="ShapeMismatchException">The input's shape does not fit; the message names the module path.</exception>
    internal Tensor ForwardFeatures(Tensor input, ExecutionOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(input);
        return Training ? ReferenceExecutor.Run(TraceFeatures(input.Shape), input, options ?? ExecutionOptions.Default)
            : _features.Run(this, TraceFeatures, input, options ?? ExecutionOptions.Default);
    }

    /// <summary>Compiles the network up to the pooled features: see <see cref="ForwardFeatures"/>.</summary>
    /// <param name="options">Threads, vector width and precision; null for <see cref="ExecutionOptions.Default"/>.</param>
    /// <returns>The compiled model, from <c>[N, C, H, W]</c> to <c>[N, D]</c>.</returns>
    /// <exception cref="InvalidOperationException">The network is in training mode.</exception>
    internal CompiledModel CompileFeatures(ExecutionOptions? options = null) => Compile(TraceFeatures, options);

    /// <summary>Compiles the network in parts, each taking the output of the one before: a part for each stage, and the pooling.</summary>
    /// <param name="options">Threads, vector width and precision; null for <see cref="ExecutionOptions.Default"/>.</param>
    /// <returns>The parts: the first includes the stem, <c>[N, C, H, W]</c> to <c>[N, C', H', W']</c>; the last to <c>[N, D]</c>.</returns>
    internal IReadOnlyList<CompiledModel> CompileParts(ExecutionOptions? options) =>
    [
        CompileThrough(0, options),
        .. _stages.Skip(1).Select(stage => stage.Compile(options)),
        Compile(shape => Graph.Trace(shape, value => Call(value, output => Pooled(output, _stages.Count))), options),
    ];

    /// <summary>How far a parameter or buffer is from the input: 0 in the stem, i + 1 in stage i, one more in the head.</summary>
    /// <param name="path">Its path in the state dict.</param>
    internal int DepthOf(string path)
    {
        string child = path.Split('.', 2)[0];
        Module module = GetSubmodule(child);
        if (module == _head) return _stages.Count + 1;
        return module is Sequential stage ? _stages.IndexOf(stage) + 1 : 0; // 0 for a stem that is a Sequential
    }

    /// <inheritdoc/>
    protected override Value ForwardCore(Value input) => Classified(Features(input));

    private Graph TraceFeatures(Shape inputShape) => Graph.Trace(inputShape, value => Call(value, Features));

    /// <summary>Compiles the network up to the output of one of its <see cref="Stages"/>.</summary>
    internal CompiledModel CompileThrough(int stage, ExecutionOptions? options) => Compile(shape => TraceThrough(stage, shape), options);

    /// <summary>The graph from the input to the output of one of the <see cref="Stages"/>.</summary>
    internal Graph TraceThrough(int stage, Shape inputShape) => Graph.Trace(inputShape, value => Call(value, input => Body(input, stage + 1)));

    /// <summary>The graph from the output of one of the <see cref="Stages"/> to the logits.</summary>
    internal Graph TraceAfter(int stage, Shape stageShape) =>
        Graph.Trace(stageShape, value => Call(value, output => Classified(Pooled(output, stage + 1))));

    private Value Classified(Value features) => _head?.Forward(features) ?? features;

    private Value Features(Value input) => Pooled(Body(input, stages: 0), firstStage: 0);

    /// <summary>The stem, and the first stages.</summary>
    private Value Body(Value input, int stages)
    {
        Value value = input;
        foreach (Module module in _stem) value = module.Forward(value);
        foreach (Sequential stage in _stages.Take(stages)) value = stage.Forward(value);
        return value;
    }

    /// <summary>The remaining stages, and the pooling.</summary>
    private Value Pooled(Value value, int firstStage)
    {
        foreach (Sequential stage in _stages.Skip(firstStage)) value = stage.Forward(value);
        return _pool.Forward(value).Flatten(startDim: 1);
    }

    private void RegisterStem(List<(string Name, Module Module)> modules, bool textbook)
    {
        if (textbook)
            _stem.Add(Register("layer1", new Sequential(modules.Select(entry => entry.Module))));
        else
            foreach ((string name, Module module) in modules) _stem.Add(Register(name, module));
    }

    /// <summary>Draws every convolution's weights again, in module order, as torchvision's constructor does at its end.</summary>
    private void InitializeConvolutions(TorchGenerator? generator)
    {
        foreach ((_, Module module) in NamedModules())
        {
            if (module is Conv2d convolution) convolution.Weight.Initialize(Initializers.KaimingNormalByFanOut, generator);
        }
    }
}
