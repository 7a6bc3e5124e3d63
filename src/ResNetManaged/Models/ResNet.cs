using System.Collections.Immutable;
using System.Globalization;
using ResNetManaged.Graphs;
using ResNetManaged.Layers;
using ResNetManaged.Layers.Pooling;
using ResNetManaged.Layers.State;
using ResNetManaged.Models.Parts;
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
public sealed class ResNet : ImageNetwork
{
    private const int FacePixels = 7 * 7; // of the last stage, for faces of 112 x 112

    private readonly List<Module> _stem = [];
    private readonly List<Sequential> _stages = [];
    private readonly List<Module> _end = []; // between the last stage and the pooling
    private readonly List<Module> _toFeatures = [];
    private readonly Linear? _head;
    private readonly List<(string Prefix, int Depth)> _depths = [];
    private int _featureCount;

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
        RegisterStem(Stem.Build(config, generator));
        IReadOnlyList<BlockSpec[]> stages = BlockPlan.Stages(config);
        RegisterStages(stages, generator);
        ConvSpec last = config.Convolution(stages[^1][^1].OutChannels, stages[^1][^1].OutChannels, kernelSize: 1);
        RegisterEnd(last);
        if (config.NumClasses > 0) _head = RegisterHead(new Linear(FeatureCount, config.NumClasses, bias: true, generator, asConvolution: config.IsPreActivation));
        if (config.Naming != ResNetNaming.Textbook) InitializeConvolutions(generator);
    }

    /// <summary>The network's configuration.</summary>
    public ResNetConfig Config { get; }

    /// <summary>The stages of residual blocks, in order from the input.</summary>
    public IReadOnlyList<Sequential> Stages => _stages;

    /// <inheritdoc/>
    public override ResNet Train(bool mode = true)
    {
        base.Train(mode);
        return this;
    }

    /// <inheritdoc/>
    public override ResNet Eval() => Train(false);

    internal override string Title => ResNetVariants.NameOf(Config) ?? "an unnamed ResNet";

    internal override ImagePreset UsualPreset => Config.UsualPreset;

    internal override int UsualSide => Config.InputSize;

    internal override string BodyKey => (Config with { NumClasses = 1 }).ToString(); // the head does not matter

    internal override int StageCount => _stages.Count;

    private protected override int InChannelsCore => Config.InChannels;

    private protected override int NumClassesCore => Config.NumClasses;

    private protected override int FeatureCountCore => _featureCount;

    private protected override Linear HeadCore => _head ?? throw new InvalidOperationException(
        "ResNet.Head: the network has no head, so it embeds but does not classify; WithHead adds one.");

    /// <inheritdoc/>
    public override ResNet WithHead(int numClasses, TorchGenerator? generator = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(numClasses);
        ResNet network = new(Config with { NumClasses = numClasses }) { Preset = Preset };
        StateDict body = new();
        foreach ((string path, Tensor tensor) in StateDict())
        {
            if (network.DepthOf(path) <= _stages.Count) body.Add(path, tensor);
        }
        network.LoadStateDict(body, strict: false);
        Func<Shape, TorchGenerator, Tensor> initializer = Initializers.UniformByFanIn(FeatureCount);
        network.Head.Weight.Initialize(initializer, generator);
        network.Head.Bias!.Initialize(initializer, generator);
        network.Train(Training);
        return network;
    }

    /// <summary>Creates a named network with random weights.</summary>
    /// <param name="name">One of <see cref="ResNetVariants.Names"/>.</param>
    /// <param name="numClasses">The length of the logits, 0 for none; null for the variant's own: 1000, 10 for CIFAR, none for faces.</param>
    /// <param name="inChannels">Channels of the input image.</param>
    /// <param name="generator">The source of the initial weights; null to seed randomly.</param>
    /// <returns>The network, in training mode.</returns>
    /// <exception cref="ArgumentException">There is no such name, or a number is out of range.</exception>
    public static ResNet Create(string name, int? numClasses = null, int inChannels = 3, TorchGenerator? generator = null)
    {
        ResNetConfig config = ResNetVariants.Get(name);
        return new ResNet(config with { NumClasses = numClasses ?? config.NumClasses, InChannels = inChannels }, generator);
    }

    internal override int DepthOf(string path)
    {
        foreach ((string prefix, int depth) in _depths)
            if (path.StartsWith(prefix, StringComparison.Ordinal) || path.AsSpan().SequenceEqual(prefix.AsSpan(0, prefix.Length - 1))) return depth;
        return 0;
    }

    internal override void FreezeBelow(int depth)
    {
        foreach ((string name, Module child) in NamedChildren())
        {
            if (DepthOf(name) < depth) child.Eval();
        }
    }

    /// <inheritdoc/>
    protected override Value ForwardCore(Value input) => Classified(Features(input));

    internal override Graph TraceFeatures(Shape inputShape) => Graph.Trace(inputShape, value => Call(value, Features));

    internal override Graph TraceThrough(int stage, Shape inputShape) =>
        Graph.Trace(inputShape, value => Call(value, input => Body(input, stage + 1)));

    internal override Graph TraceStage(int stage, Shape stageInput) => _stages[stage].Trace(stageInput);

    internal override Graph TracePooled(Shape stageShape) => Graph.Trace(stageShape, value => Call(value, output => Pooled(output, _stages.Count)));

    internal override Graph TraceAfter(int stage, Shape stageShape) =>
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
        foreach (Module module in _end) value = module.Forward(value);
        value = value.Flatten(startDim: 1);
        foreach (Module module in _toFeatures) value = module.Forward(value);
        return value;
    }

    private void RegisterStem(List<(string Name, Module Module)> modules)
    {
        if (Config.IsPreActivation) _stem.Add(Register("stem", new NamedSequential(modules)));
        else if (Config.Naming == ResNetNaming.Textbook) _stem.Add(Register("layer1", new Sequential(modules.Select(entry => entry.Module))));
        else foreach ((string name, Module module) in modules) _stem.Add(Register(name, module));
    }

    private void RegisterStages(IReadOnlyList<BlockSpec[]> stages, TorchGenerator? generator)
    {
        foreach (BlockSpec[] blocks in stages)
        {
            _stages.Add(Builders.Stage(blocks, generator));
            string name = Config.Naming switch
            {
                ResNetNaming.PreActivation => string.Create(CultureInfo.InvariantCulture, $"stages.{_stages.Count - 1}"),
                ResNetNaming.Textbook => string.Create(CultureInfo.InvariantCulture, $"layer{_stages.Count + 1}_x"),
                _ => string.Create(CultureInfo.InvariantCulture, $"layer{_stages.Count}"),
            };
            _depths.Add((name + ".", _stages.Count));
            if (!Config.IsPreActivation) Register(name, _stages[^1]);
        }
        if (!Config.IsPreActivation) return;
        Register("stages", new NamedSequential(_stages.Select((stage, i) =>
            (i.ToString(CultureInfo.InvariantCulture), (Module)new NamedSequential([("blocks", stage)], "ResNetStage")))));
    }

    /// <summary>Registers what turns the last stage's output into features.</summary>
    private void RegisterEnd(ConvSpec last)
    {
        _featureCount = last.OutChannels;
        if (Config.IsPreActivation)
        {
            _end.Add(Register("norm", last.BuildNorm()));
            _end.Add(Register("act", new ReLU(inplace: true)));
        }
        if (Config.Stem == StemKind.Face)
        {
            _end.Add(Register("bn2", last.BuildNorm()));
            _toFeatures.Add(Register("fc", new Linear(last.OutChannels * FacePixels, FeatureCount)));
            _toFeatures.Add(Register("features", new BatchNorm2d(FeatureCount) { OfFeatures = true }));
        }
        else if (Config.GlobalPool == GlobalPooling.Average)
        {
            _end.Add(Register("avgpool", new AdaptiveAvgPool2d((1, 1))));
        }
        else
        {
            if (Config.GlobalPool == GlobalPooling.Both) _featureCount *= 2;
            _end.Add(Register("global_pool", new GlobalPool2d(Config.GlobalPool != GlobalPooling.Max, Config.GlobalPool == GlobalPooling.Both)));
        }
        foreach (string name in (string[])["norm.", "bn2.", "fc.", "features."]) _depths.Add((name, _stages.Count));
    }

    private Linear RegisterHead(Linear head)
    {
        string name = Config.Naming switch
        {
            ResNetNaming.Cifar => "linear",
            ResNetNaming.PreActivation => "head",
            _ => Config.Stem == StemKind.Face ? "classifier" : "fc",
        };
        if (Config.IsPreActivation) Register(name, new NamedSequential([("fc", head)], "ClassifierHead"));
        else Register(name, head);
        _depths.Insert(0, (name + ".", _stages.Count + 1));
        return head;
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
