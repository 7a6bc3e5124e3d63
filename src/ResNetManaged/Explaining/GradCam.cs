using ResNetManaged.Inference;
using ResNetManaged.Layers.State;
using ResNetManaged.Models;
using ResNetManaged.Plans;
using ResNetManaged.Preprocessing;
using ResNetManaged.Serialization;
using ResNetManaged.Tensors;
using static System.Numerics.Tensors.TensorPrimitives;

namespace ResNetManaged.Explaining;

/// <summary>
/// Grad-CAM: shows which parts of a picture are evidence for a class, judged by the gradient of the class's logit at a stage's features.
/// </summary>
/// <remarks>
/// Selvaraju et al. 2017, "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based Localization", arXiv:1610.02391, equations 1 and 2: the weight
/// of each feature map A is the mean over its plane of d(logit)/dA, and the map is ReLU(sum of weight * A). The network up to the stage runs as a compiled
/// model; the rest runs forward and backward with the training plan's steps, with running statistics and without parameter gradients. Thread-safe;
/// nothing needs to be disposed. Results do not depend on the number of threads.
/// </remarks>
public sealed class GradCam
{
    private readonly ExplainedNetwork _network;
    private readonly ModuleState _state;
    private readonly Lazy<StagePlan>[] _stages;

    /// <summary>Compiles the network for its last stage; other stages are compiled on first use.</summary>
    /// <param name="model">The network, in evaluation mode, with three input channels. Its parameters must not change afterward.</param>
    /// <param name="preset">How an image becomes the network's input; null for the network's own, or <see cref="Inference.ImageClassifier.DefaultPreset"/> if it has none.</param>
    /// <param name="options">Threads, vector width and precision; null for <see cref="ExecutionOptions.Default"/>.</param>
    /// <exception cref="ArgumentException">The network is in training mode or does not take three channels.</exception>
    public GradCam(ImageNetwork model, ImagePreset? preset = null, ExecutionOptions? options = null)
    {
        _network = new ExplainedNetwork("GradCam", model, preset, options);
        if (model.StageCount == 0)
            throw new ArgumentException("GradCam: the model has no images of features through which alone its input reaches the logits.", nameof(model));
        _state = new ModuleState(model);
        _stages = [.. Enumerable.Range(0, model.StageCount).Select(stage => new Lazy<StagePlan>(() => new StagePlan(_network, stage)))];
        _ = _stages[^1].Value;
    }

    /// <summary>The network.</summary>
    public ImageNetwork Model => _network.Model;

    /// <summary>How an image becomes the network's input.</summary>
    internal ImagePreset Preset => _network.Preset;

    /// <summary>Loads the network from a checkpoint; the architecture follows from its tensors.</summary>
    /// <param name="checkpointPath">The file: anything that <see cref="ResNetCheckpoint.Load(string, string?, int?)"/> reads.</param>
    /// <param name="preset">How an image becomes the network's input; null for the network's own, or <see cref="Inference.ImageClassifier.DefaultPreset"/> if it has none.</param>
    /// <param name="options">Threads, vector width and precision; null for <see cref="ExecutionOptions.Default"/>.</param>
    /// <returns>A Grad-CAM of the network.</returns>
    /// <exception cref="CheckpointException">The file is damaged, or holds no residual network of a known family.</exception>
    /// <exception cref="ArgumentException">The network does not take three channels.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public static GradCam Load(string checkpointPath, ImagePreset? preset = null, ExecutionOptions? options = null) =>
        new(NetworkFile.Load(checkpointPath), preset, options);

    /// <summary>Explains a class of a picture.</summary>
    /// <param name="image">The picture, of any size.</param>
    /// <param name="classIndex">The class's index in the logits; null for the most probable class.</param>
    /// <param name="stage">
    /// The stage whose features are weighted, an index into <see cref="ResNet.Stages"/>; null for the last. Earlier stages are finer but less specific.
    /// </param>
    /// <returns>The heat map in the picture's frame; its <see cref="HeatMap.Map"/> has the stage's height and width.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The class or the stage is out of range.</exception>
    /// <exception cref="InvalidOperationException">The network has changed since this object was created.</exception>
    public HeatMap Explain(RgbImage image, int? classIndex = null, int? stage = null)
    {
        ArgumentNullException.ThrowIfNull(image);
        (PictureAxis vertical, PictureAxis horizontal) = PictureAxis.Of(image, Preset);
        return Explain(Preset.Apply(image), classIndex, stage, vertical, horizontal);
    }

    /// <summary>Explains a class of a preprocessed image.</summary>
    /// <param name="input">The network's input as the preset makes it, <c>[1, 3, H, W]</c>.</param>
    /// <param name="classIndex">The class's index in the logits; null for the most probable class.</param>
    /// <param name="stage">The stage whose features are weighted, an index into <see cref="ResNet.Stages"/>; null for the last.</param>
    /// <returns>The heat map in the frame of the input.</returns>
    /// <exception cref="ShapeMismatchException">The input has a different shape.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The class or the stage is out of range.</exception>
    /// <exception cref="InvalidOperationException">The network has changed since this object was created.</exception>
    public HeatMap Explain(Tensor input, int? classIndex = null, int? stage = null)
    {
        _network.CheckInput(input);
        return Explain(input, classIndex, stage, PictureAxis.OfWindow(Preset.Crop.Height), PictureAxis.OfWindow(Preset.Crop.Width));
    }

    /// <summary>A readable listing of how a stage's backward pass is computed.</summary>
    internal string Describe(int stage) => _stages[stage].Value.After.Describe();

    private HeatMap Explain(Tensor input, int? classIndex, int? stage, PictureAxis vertical, PictureAxis horizontal)
    {
        _network.CheckClass(classIndex);
        int index = stage ?? _stages.Length - 1;
        if ((uint)index >= (uint)_stages.Length)
        {
            throw new ArgumentOutOfRangeException(nameof(stage), index,
                $"GradCam: stage {index} is out of range; expected 0 to {_stages.Length - 1}.");
        }
        if (_state.HasChanged) throw new InvalidOperationException("GradCam: the network's parameters or mode have changed; create a new GradCam.");

        StagePlan plan = _stages[index].Value;
        Tensor features = plan.Through.Run(input);
        ClassScore score = default;
        Tensor gradient = plan.After.Run(features, (logits, seed) =>
        {
            score = _network.Score(ExplainedNetwork.ClassOf(classIndex, logits), logits);
            seed.Clear();
            seed[score.Index] = 1;
        });
        return new HeatMap(MapOf(features, gradient), score, vertical, horizontal);
    }

    /// <summary>Equations 1 and 2 of the paper.</summary>
    private static Tensor MapOf(Tensor features, Tensor gradient)
    {
        int height = features.Shape[2], width = features.Shape[3], plane = height * width;
        Tensor map = Tensor.Zeros([height, width]);
        for (int channel = 0; channel < features.Shape[1]; channel++)
        {
            float weight = Sum(gradient.ReadOnlySpan.Slice(channel * plane, plane)) / plane;
            MultiplyAdd(features.ReadOnlySpan.Slice(channel * plane, plane), weight, map.Span, map.Span);
        }
        Max(map.Span, 0f, map.Span);
        return map;
    }

    /// <summary>The network in two parts: up to a stage's output, and from there to the logits and back again.</summary>
    private sealed class StagePlan
    {
        public StagePlan(ExplainedNetwork network, int stage)
        {
            Through = network.Model.CompileThrough(stage, network.Options);
            Shape features = Through.PlanFor(network.InputShape).OutputShape;
            After = new InputGradientPlan(network.Model.TraceAfter(stage, features), network.Options);
        }

        public CompiledModel Through { get; }

        public InputGradientPlan After { get; }
    }
}
