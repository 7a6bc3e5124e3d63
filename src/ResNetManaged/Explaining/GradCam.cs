using System.Numerics.Tensors;
using ResNetManaged.Layers.State;
using ResNetManaged.Models;
using ResNetManaged.Plans;
using ResNetManaged.Preprocessing;
using ResNetManaged.Tensors;
using Tensor = ResNetManaged.Tensors.Tensor;

namespace ResNetManaged.Explaining;

/// <summary>Grad-CAM: which parts of a picture the features of a stage speak for a class in, by the gradient of its logit.</summary>
/// <remarks>
/// Selvaraju et al. 2017, "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based Localization", arXiv:1610.02391, equations 1 and 2: the weight
/// of each feature map A is the mean over its plane of d(logit)/dA, and the map is ReLU(sum of weight * A). The network up to the stage runs as a compiled
/// model, what follows by the training plan's two passes, with running statistics and without any gradient of a parameter. Safe to use from many threads;
/// nothing needs disposing. Results do not depend on the number of threads.
/// </remarks>
public sealed class GradCam
{
    private readonly ExplainedNetwork _network;
    private readonly ModuleState _state;
    private readonly Lazy<StagePlan>[] _stages;

    /// <summary>Compiles for the last stage; others are compiled when they are asked for.</summary>
    /// <param name="model">The network, in evaluation mode; it takes three channels, and its parameters stay as they are.</param>
    /// <param name="preset">How an image becomes its input; null for <see cref="Inference.ImageClassifier.DefaultPreset"/>.</param>
    /// <param name="options">Threads, vector width and precision; null for <see cref="ExecutionOptions.Default"/>.</param>
    /// <exception cref="ArgumentException">The network is in training mode or takes other channels.</exception>
    public GradCam(ResNet model, ImagePreset? preset = null, ExecutionOptions? options = null)
    {
        _network = new ExplainedNetwork("GradCam", model, preset, options);
        _state = new ModuleState(model);
        _stages = [.. Enumerable.Range(0, model.Stages.Count).Select(stage => new Lazy<StagePlan>(() => new StagePlan(_network, stage)))];
        _ = _stages[^1].Value;
    }

    /// <summary>The network.</summary>
    public ResNet Model => _network.Model;

    /// <summary>How an image becomes the network's input.</summary>
    public ImagePreset Preset => _network.Preset;

    /// <summary>Explains a class of a picture.</summary>
    /// <param name="image">The picture, of any size.</param>
    /// <param name="classIndex">The class's position in the logits; null for the most probable one.</param>
    /// <param name="stage">Whose features: an index of <see cref="ResNet.Stages"/>; null for the last one. Earlier ones are finer and less telling.</param>
    /// <returns>The heat map, in the picture's own frame; its <see cref="HeatMap.Map"/> has the stage's height and width.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such class, or no such stage.</exception>
    /// <exception cref="InvalidOperationException">The network has changed since this was made.</exception>
    public HeatMap Explain(RgbImage image, int? classIndex = null, int? stage = null)
    {
        ArgumentNullException.ThrowIfNull(image);
        (PictureAxis vertical, PictureAxis horizontal) = PictureAxis.Of(image, Preset);
        return Explain(Preset.Apply(image), classIndex, stage, vertical, horizontal);
    }

    /// <summary>Explains a class of an image that <see cref="Preset"/> has been applied to already.</summary>
    /// <param name="input">The network's input, <c>[1, 3, H, W]</c> of the preset's crop.</param>
    /// <param name="classIndex">The class's position in the logits; null for the most probable one.</param>
    /// <param name="stage">Whose features: an index of <see cref="ResNet.Stages"/>; null for the last one.</param>
    /// <returns>The heat map, in the frame of the input.</returns>
    /// <exception cref="ShapeMismatchException">The input has another shape.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such class, or no such stage.</exception>
    /// <exception cref="InvalidOperationException">The network has changed since this was made.</exception>
    public HeatMap Explain(Tensor input, int? classIndex = null, int? stage = null)
    {
        _network.CheckInput(input);
        return Explain(input, classIndex, stage, PictureAxis.OfWindow(Preset.Crop.Height), PictureAxis.OfWindow(Preset.Crop.Width));
    }

    /// <summary>How the backward pass of a stage is computed, for people.</summary>
    internal string Describe(int stage) => _stages[stage].Value.After.Describe();

    private HeatMap Explain(Tensor input, int? classIndex, int? stage, PictureAxis vertical, PictureAxis horizontal)
    {
        _network.CheckClass(classIndex);
        int index = stage ?? _stages.Length - 1;
        if ((uint)index >= (uint)_stages.Length)
        {
            throw new ArgumentOutOfRangeException(nameof(stage), index,
                $"GradCam: there is no stage {index}; the model has {_stages.Length} stages, from 0 on.");
        }
        if (_state.HasChanged) throw new InvalidOperationException("GradCam: the network's parameters or mode have changed; make a new GradCam of it.");

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

    /// <summary>Equations 1 and 2.</summary>
    private static Tensor MapOf(Tensor features, Tensor gradient)
    {
        int height = features.Shape[2], width = features.Shape[3], plane = height * width;
        Tensor map = Tensor.Zeros([height, width]);
        for (int channel = 0; channel < features.Shape[1]; channel++)
        {
            float weight = TensorPrimitives.Sum(gradient.ReadOnlySpan.Slice(channel * plane, plane)) / plane;
            TensorPrimitives.MultiplyAdd(features.ReadOnlySpan.Slice(channel * plane, plane), weight, map.Span, map.Span);
        }
        TensorPrimitives.Max(map.Span, 0f, map.Span);
        return map;
    }

    /// <summary>The network in two parts: up to a stage's output, and from there to the logits and back.</summary>
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
