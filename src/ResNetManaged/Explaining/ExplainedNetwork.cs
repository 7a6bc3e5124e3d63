using ResNetManaged.Inference;
using ResNetManaged.Kernels.Reference;
using ResNetManaged.Models;
using ResNetManaged.Preprocessing;
using ResNetManaged.Tensors;

namespace ResNetManaged.Explaining;

/// <summary>The network that a method explains: its checks, its input, and the class in question.</summary>
internal sealed class ExplainedNetwork
{
    private readonly string _method;

    /// <summary>Checks the network.</summary>
    /// <param name="method">The method's name, for messages.</param>
    /// <param name="model">The network.</param>
    /// <param name="preset">How an image becomes its input; null for <see cref="ImageClassifier.DefaultPreset"/>.</param>
    /// <param name="options">Threads, vector width and precision; null for <see cref="ExecutionOptions.Default"/>.</param>
    /// <exception cref="ArgumentException">The network is in training mode or takes other channels than images have.</exception>
    public ExplainedNetwork(string method, ResNet model, ImagePreset? preset, ExecutionOptions? options)
    {
        ImageModel.Require(model, method);
        _method = method;
        Model = model;
        Preset = preset ?? ImageClassifier.DefaultPreset(model.Config);
        Options = options ?? ExecutionOptions.Default;
    }

    public ResNet Model { get; }

    public ImagePreset Preset { get; }

    public ExecutionOptions Options { get; }

    /// <summary>[1, 3, H, W].</summary>
    public Shape InputShape => [1, RgbImage.Channels, Preset.Crop.Height, Preset.Crop.Width];

    /// <summary>Refuses a tensor that is not one preprocessed image.</summary>
    /// <exception cref="ShapeMismatchException">It is not.</exception>
    public void CheckInput(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (input.Shape != InputShape) throw new ShapeMismatchException($"{_method}: input {input.Shape} differs from the preset's {InputShape}.");
    }

    /// <summary>Refuses a class that the network has not.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such class.</exception>
    public void CheckClass(int? classIndex)
    {
        if (classIndex is int index && (uint)index >= (uint)Model.Config.NumClasses)
        {
            throw new ArgumentOutOfRangeException(nameof(classIndex), index,
                $"{_method}: there is no class {index}; the model has {Model.Config.NumClasses} classes, from 0 on.");
        }
    }

    /// <summary>The class in question, by default the most probable one.</summary>
    public static int ClassOf(int? classIndex, ReadOnlySpan<float> logits) => classIndex ?? Ranking.Top(logits, 1)[0];

    /// <summary>A class's logit and its softmax.</summary>
    public ClassScore Score(int classIndex, ReadOnlySpan<float> logits)
    {
        float[] probabilities = new float[logits.Length];
        SoftmaxKernel.Forward(1, logits.Length, 1, logits, probabilities, Options);
        return new ClassScore(classIndex, Model.ClassNames?[classIndex], logits[classIndex], probabilities[classIndex]);
    }
}

/// <summary>What a network says of a class.</summary>
internal readonly record struct ClassScore(int Index, string? Label, float Logit, float Probability);
