using ResNetManaged.Layers;
using ResNetManaged.Tensors;

namespace ResNetManaged.Training.Optimizers;

/// <summary>Parameters that share a weight decay and a learning rate factor.</summary>
public sealed class ParameterGroup
{
    /// <summary>Creates a group.</summary>
    /// <param name="parameters">The parameters, each with the path under which the optimizer's state is saved.</param>
    /// <param name="weightDecay">Weight decay, 0 or more; 0 by default.</param>
    /// <param name="learningRateFactor">The factor on the schedule's learning rate, 0 or more; 1 by default.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is negative or not finite.</exception>
    public ParameterGroup(IEnumerable<(string Path, Parameter Parameter)> parameters, double weightDecay = 0, double learningRateFactor = 1)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        Parameters = [.. parameters];
        WeightDecay = Require.FiniteNotNegative(weightDecay, nameof(weightDecay));
        LearningRateFactor = Require.FiniteNotNegative(learningRateFactor, nameof(learningRateFactor));
    }

    /// <summary>The parameters and their paths.</summary>
    public IReadOnlyList<(string Path, Parameter Parameter)> Parameters { get; }

    /// <summary>Weight decay.</summary>
    internal double WeightDecay { get; }

    /// <summary>The factor on the schedule's learning rate.</summary>
    internal double LearningRateFactor { get; }

    /// <summary>Groups the parameters of a module that require a gradient.</summary>
    /// <param name="module">The module.</param>
    /// <param name="weightDecay">Weight decay, 0 or more; 0 by default.</param>
    /// <param name="decayNormAndBias">
    /// Whether it also applies to parameters of one dimension: weight and bias of batch norm, biases of other layers. True by default, as in PyTorch;
    /// many recipes exclude them (He et al. 2019, arXiv:1812.01187, section 3.1).
    /// </param>
    /// <param name="learningRateFactor">The learning rate factor for a parameter's path, such as a smaller one near the input; null for 1.</param>
    /// <returns>One group per combination of weight decay and factor, in the order in which they first occur.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A number is negative or not finite.</exception>
    public static IReadOnlyList<ParameterGroup> Of(Module module, double weightDecay = 0, bool decayNormAndBias = true,
        Func<string, double>? learningRateFactor = null)
    {
        ArgumentNullException.ThrowIfNull(module);
        return
        [
            .. module.NamedParameters()
                .Where(named => named.Parameter.RequiresGrad)
                .GroupBy(named => (Decay: decayNormAndBias || named.Parameter.Shape.Rank > 1 ? weightDecay : 0,
                    Factor: learningRateFactor?.Invoke(named.Path) ?? 1))
                .Select(alike => new ParameterGroup(alike, alike.Key.Decay, alike.Key.Factor)),
        ];
    }
}
