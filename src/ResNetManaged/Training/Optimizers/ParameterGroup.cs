using ResNetManaged.Layers;
using ResNetManaged.Tensors;

namespace ResNetManaged.Training.Optimizers;

/// <summary>Parameters that an optimizer treats alike.</summary>
public sealed class ParameterGroup
{
    /// <summary>Creates a group.</summary>
    /// <param name="parameters">Paths, under which the optimizer's state is saved, and parameters.</param>
    /// <param name="weightDecay">Weight decay, 0 or more; 0 by default.</param>
    /// <param name="learningRateFactor">What the schedule's learning rate is multiplied by, 0 or more; 1 by default.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is negative or not finite.</exception>
    public ParameterGroup(IEnumerable<(string Path, Parameter Parameter)> parameters, double weightDecay = 0, double learningRateFactor = 1)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        Parameters = [.. parameters];
        WeightDecay = Require.FiniteNotNegative(weightDecay, nameof(weightDecay));
        LearningRateFactor = Require.FiniteNotNegative(learningRateFactor, nameof(learningRateFactor));
    }

    /// <summary>Paths and parameters.</summary>
    public IReadOnlyList<(string Path, Parameter Parameter)> Parameters { get; }

    /// <summary>Weight decay.</summary>
    public double WeightDecay { get; }

    /// <summary>What the schedule's learning rate is multiplied by.</summary>
    public double LearningRateFactor { get; }

    /// <summary>Groups those parameters of a module that require a gradient now.</summary>
    /// <param name="module">The module.</param>
    /// <param name="weightDecay">Weight decay, 0 or more; 0 by default.</param>
    /// <param name="decayNormAndBias">
    /// Whether it also applies to parameters of one dimension: weight and bias of batch norm, biases of other layers. True by default, as in PyTorch;
    /// recipes often leave them out (He et al. 2019, arXiv:1812.01187, section 3.1).
    /// </param>
    /// <param name="learningRateFactor">The factor of a parameter's path, such as less for layers near the input; null for 1.</param>
    /// <returns>A group for each combination of weight decay and factor, in the order in which they are met.</returns>
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
