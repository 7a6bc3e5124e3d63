using ResNetManaged.Graphs;
using ResNetManaged.Layers;
using ResNetManaged.Layers.State;
using ResNetManaged.Plans;
using ResNetManaged.Plans.Quantization;
using ResNetManaged.Preprocessing;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;

namespace ResNetManaged.Models;

/// <summary>A network from images <c>[N, C, H, W]</c> to logits <c>[N, NumClasses]</c>: a body that computes features, and a linear head.</summary>
/// <remarks>Either a <see cref="ResNet"/>, or a network that was read from an ONNX file. A network without a head returns its features.</remarks>
public abstract class ImageNetwork : Module
{
    private readonly CompilationCache _features = new();
    private IReadOnlyList<string>? _classNames;
    private (NetworkQuantization Quantization, ModuleState State)? _quantization;

    private protected ImageNetwork()
    {
    }

    /// <summary>Channels of the input: 3 for images in color.</summary>
    public int InChannels => InChannelsCore;

    /// <summary>The length of the logits; 0 for a network without a head.</summary>
    public int NumClasses => NumClassesCore;

    /// <summary>The number of features that <see cref="Head"/> classifies, or that a network without a head returns.</summary>
    public int FeatureCount => FeatureCountCore;

    /// <summary>The layer that computes logits from features.</summary>
    /// <exception cref="InvalidOperationException">The network has no head, or one that is part of an ONNX graph; <see cref="WithHead"/> adds
    /// one.</exception>
    public Linear Head => HeadCore;

    /// <summary>The name of each class, in the order of the logits; null, the default, if unknown. Checkpoints store them.</summary>
    /// <exception cref="ArgumentException">There are more or fewer names than classes.</exception>
    public IReadOnlyList<string>? ClassNames
    {
        get => _classNames;
        set
        {
            if (value is not null && value.Count != NumClasses)
                throw new ArgumentException($"{TypeName}.ClassNames: {value.Count} names were given; the model has {NumClasses} classes.",
                    nameof(value));
            _classNames = value;
        }
    }

    /// <summary>
    /// How an image becomes the network's input, as its checkpoint or the files beside it say; null, the default, if unknown. Checkpoints store it.
    /// </summary>
    public ImagePreset? Preset { get; set; }

    /// <summary>
    /// What the reader of the checkpoint chose or could not use, in sentences without a final period; empty if there was nothing to choose, or if the
    /// network was not read from a checkpoint.
    /// </summary>
    public IReadOnlyList<string> ReadingNotes => Origin?.Notes ?? [];

    /// <summary>How the network was read from a checkpoint; null if it was not, or was built from a state dict of unknown origin.</summary>
    internal CheckpointOrigin? Origin { get; set; }

    /// <summary>How the network is quantized; null if it is not, or is no longer because a parameter or the mode changed.</summary>
    /// <remarks>The parameters are floats all the same, those that the integers stand for, so everything but inference computes with them.</remarks>
    internal override NetworkQuantization? Quantization => _quantization is { State.HasChanged: false } current ? current.Quantization : null;

    /// <summary>Quantizes the network, whose parameters are what the integers stand for.</summary>
    internal void Quantize(NetworkQuantization quantization) => _quantization = (quantization, new ModuleState(this));

    /// <summary>What messages call it: the variant's name, if it has one.</summary>
    internal abstract string Title { get; }

    /// <summary>How an image usually becomes the input of such a network.</summary>
    internal abstract ImagePreset UsualPreset { get; }

    /// <summary>The side of the images that it usually takes.</summary>
    internal abstract int UsualSide { get; }

    /// <summary>The settings on which the features depend, as text: two networks with equal settings and tensors compute the same features.</summary>
    internal abstract string BodyKey { get; }

    /// <summary>The number of stages, after each of which the features are images of another size.</summary>
    internal abstract int StageCount { get; }

    private protected abstract int InChannelsCore { get; }

    private protected abstract int NumClassesCore { get; }

    private protected abstract int FeatureCountCore { get; }

    private protected abstract Linear HeadCore { get; }

    /// <summary>Creates a network with the same body and a new head, the starting point for fine-tuning.</summary>
    /// <remarks>The body's tensors are shared, not copied. The head is initialized as in <c>nn.Linear</c>; the mode stays the same.</remarks>
    /// <param name="numClasses">The length of the logits, at least 1.</param>
    /// <param name="generator">The source of the head's initial weights; null to seed randomly.</param>
    /// <returns>The network, with the same <see cref="Preset"/> and without class names.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The number of classes is not positive.</exception>
    public abstract ImageNetwork WithHead(int numClasses, TorchGenerator? generator = null);

    /// <summary>How far a parameter or buffer is from the input: 0 in the stem, i + 1 in stage i, one more in the head.</summary>
    /// <param name="path">Its path in the state dict.</param>
    internal abstract int DepthOf(string path);

    /// <summary>Puts the part before a depth in evaluation mode.</summary>
    internal abstract void FreezeBelow(int depth);

    /// <summary>The graph from the input to the features.</summary>
    internal abstract Graph TraceFeatures(Shape inputShape);

    /// <summary>The graph from the input to the output of a stage.</summary>
    internal abstract Graph TraceThrough(int stage, Shape inputShape);

    /// <summary>The graph of a stage, from the output of the one before it.</summary>
    internal abstract Graph TraceStage(int stage, Shape stageInput);

    /// <summary>The graph from the output of the last stage to the features.</summary>
    internal abstract Graph TracePooled(Shape stageShape);

    /// <summary>The graph from the output of a stage to the logits.</summary>
    internal abstract Graph TraceAfter(int stage, Shape stageShape);

    /// <summary>Computes the features that the head classifies, <c>[N, D]</c>.</summary>
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

    /// <summary>Compiles the network up to the features: see <see cref="ForwardFeatures"/>.</summary>
    /// <param name="options">Threads, vector width and precision; null for <see cref="ExecutionOptions.Default"/>.</param>
    /// <returns>The compiled model, from <c>[N, C, H, W]</c> to <c>[N, D]</c>.</returns>
    /// <exception cref="InvalidOperationException">The network is in training mode.</exception>
    internal CompiledModel CompileFeatures(ExecutionOptions? options = null) => Compile(TraceFeatures, options);

    /// <summary>Compiles the network in parts, each taking the output of the one before: a part for each stage, and the pooling.</summary>
    /// <param name="options">Threads, vector width and precision; null for <see cref="ExecutionOptions.Default"/>.</param>
    /// <returns>The parts: the first includes the stem, <c>[N, C, H, W]</c> to <c>[N, C', H', W']</c>; the last to <c>[N, D]</c>.</returns>
    internal IReadOnlyList<CompiledModel> CompileParts(ExecutionOptions? options) => StageCount == 0 ? [CompileFeatures(options)] :
    [
        CompileThrough(0, options),
        .. Enumerable.Range(1, StageCount - 1).Select(stage => Compile(shape => TraceStage(stage, shape), options, quantized: false)),
        Compile(TracePooled, options, quantized: false),
    ];

    /// <summary>Compiles the network up to the output of a stage.</summary>
    internal CompiledModel CompileThrough(int stage, ExecutionOptions? options) => Compile(shape => TraceThrough(stage, shape), options, quantized: false);
}
