using ResNetManaged.Inference;
using ResNetManaged.Kernels.Reference;
using ResNetManaged.Models;
using ResNetManaged.Preprocessing;
using ResNetManaged.Tensors;

namespace ResNetManaged.Explaining;

/// <summary>The network that a method explains: its checks, its input, and the scores of its classes.</summary>
internal sealed class ExplainedNetwork
{
    private readonly string _method;

    /// <summary>Checks the network.</summary>
    /// <param name="method">The method's name, for messages.</param>
    /// <param name="model">The network.</param>
    /// <param name="preset">How an image becomes the network's input; null for the network's own, or <see cref="ImageClassifier.DefaultPreset"/> if it has none.</param>
    /// <param name="options">Threads, vector width and precision; null for <see cref="ExecutionOptions.Default"/>.</param>
    /// <exception cref="ArgumentException">The network is in training mode or does not take three channels.</exception>
    public ExplainedNetwork(string method, ImageNetwork model, ImagePreset? preset, ExecutionOptions? options)
    {
        ImageModel.Require(model, method);
        ImageModel.RequireHead(model, method);
        _method = method;
        Model = model;
        Preset = preset ?? ImageModel.PresetOf(model);
        Options = options ?? ExecutionOptions.Default;
    }

    public ImageNetwork Model { get; }

    public ImagePreset Preset { get; }

    public ExecutionOptions Options { get; }

    /// <summary>[1, 3, H, W].</summary>
    public Shape InputShape => [1, RgbImage.Channels, Preset.Crop.Height, Preset.Crop.Width];

    /// <summary>Throws unless the tensor has the shape of one preprocessed image.</summary>
    /// <exception cref="ShapeMismatchException">The shape differs.</exception>
    public void CheckInput(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (input.Shape != InputShape) throw new ShapeMismatchException($"{_method}: input {input.Shape} differs from the preset's {InputShape}.");
    }

    /// <summary>Throws if the class is out of range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The class is out of range.</exception>
    public void CheckClass(int? classIndex)
    {
        if (classIndex is int index && (uint)index >= (uint)Model.NumClasses)
        {
            throw new ArgumentOutOfRangeException(nameof(classIndex), index,
                $"{_method}: class {index} is out of range; expected 0 to {Model.NumClasses - 1}.");
        }
    }

    /// <summary>The given class, or the most probable one.</summary>
    public static int ClassOf(int? classIndex, ReadOnlySpan<float> logits) => classIndex ?? Ranking.Top(logits, 1)[0];

    /// <summary>A class's logit and probability.</summary>
    public ClassScore Score(int classIndex, ReadOnlySpan<float> logits)
    {
        float[] probabilities = new float[logits.Length];
        SoftmaxKernel.Forward(1, logits.Length, 1, logits, probabilities, Options);
        return new ClassScore(classIndex, Model.ClassNames?[classIndex], logits[classIndex], probabilities[classIndex]);
    }
}

/// <summary>A network's score for a class.</summary>
internal readonly record struct ClassScore(int Index, string? Label, float Logit, float Probability);
