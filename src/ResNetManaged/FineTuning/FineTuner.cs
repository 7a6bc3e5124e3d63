using ResNetManaged.Layers;
using ResNetManaged.Models;
using ResNetManaged.Tensors;
using ResNetManaged.Training;
using ResNetManaged.Training.Optimizers;

namespace ResNetManaged.FineTuning;

/// <summary>Prepares a network that was trained on one set of images for another: see also <see cref="ResNet.WithHead"/>.</summary>
public static class FineTuner
{
    /// <summary>Lets one part of a network learn and freezes the rest.</summary>
    /// <remarks>
    /// What learns requires gradients and is in training mode; what is frozen requires none and is in evaluation mode, so that its batch norms keep and use
    /// their running statistics. With <see cref="TrainedPart.HeadOnly"/> the whole network is in evaluation mode: a linear layer is the same in both.
    /// </remarks>
    /// <param name="model">The network.</param>
    /// <param name="part">What learns.</param>
    public static void Freeze(ResNet model, TrainedPart part)
    {
        ArgumentNullException.ThrowIfNull(model);
        int firstDepth = part switch
        {
            TrainedPart.HeadOnly => model.Stages.Count + 1,
            TrainedPart.LastStage => model.Stages.Count,
            TrainedPart.All => 0,
            _ => throw new ArgumentOutOfRangeException(nameof(part), part, "Unknown part."),
        };
        foreach ((string path, Parameter parameter) in model.NamedParameters()) parameter.RequiresGrad = model.DepthOf(path) >= firstDepth;
        model.Train(part != TrainedPart.HeadOnly);
        foreach ((string name, Module child) in model.NamedChildren())
        {
            if (model.DepthOf(name) < firstDepth) child.Eval();
        }
    }

    /// <summary>Smaller learning rates the farther from the head: what a parameter's is multiplied by, by its path.</summary>
    /// <remarks>Discriminative fine-tuning of Howard and Ruder 2018, arXiv:1801.06146, section 3.1; they divide by 2.6 from layer to layer.</remarks>
    /// <param name="model">The network.</param>
    /// <param name="factorPerStage">
    /// What the learning rate is multiplied by from the head to the last stage, from there to the one before, and at last to the stem; finite and above 0.
    /// </param>
    /// <returns>The factors, for <see cref="ParameterGroup.Of"/>.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The factor is not above 0 or not finite.</exception>
    public static Func<string, double> LearningRateFactors(ResNet model, double factorPerStage)
    {
        ArgumentNullException.ThrowIfNull(model);
        Require.FinitePositive(factorPerStage, nameof(factorPerStage));
        int head = model.Stages.Count + 1;
        return path => Math.Pow(factorPerStage, head - model.DepthOf(path));
    }
}
