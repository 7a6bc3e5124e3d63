namespace ResNetManaged.Training.Optimizers;

/// <summary>Which optimizer a <see cref="Trainer"/> makes: <see cref="SgdOptions"/> or <see cref="AdamWOptions"/>.</summary>
public abstract record OptimizerOptions
{
    private protected OptimizerOptions() { }

    internal abstract Optimizer Create(IEnumerable<ParameterGroup> groups, ExecutionOptions execution);

    /// <summary>The settings, the same text for the same settings.</summary>
    internal abstract string Describe();
}

/// <summary>An <see cref="Sgd"/>.</summary>
/// <param name="Momentum">The share of the velocity that a step keeps, from 0 to below 1; 0.9 by default.</param>
/// <param name="Nesterov">Whether the velocity counts as if the next step had been made; true by default.</param>
public sealed record SgdOptions(double Momentum = 0.9, bool Nesterov = true) : OptimizerOptions
{
    internal override Optimizer Create(IEnumerable<ParameterGroup> groups, ExecutionOptions execution) => new Sgd(groups, Momentum, Nesterov, execution);

    internal override string Describe() => FormattableString.Invariant($"sgd momentum={Momentum} nesterov={Nesterov}");
}

/// <summary>An <see cref="AdamW"/>.</summary>
/// <param name="Beta1">The share of the mean gradient that a step keeps, from 0 to below 1; 0.9 by default.</param>
/// <param name="Beta2">The share of the mean square that a step keeps, from 0 to below 1; 0.999 by default.</param>
/// <param name="Eps">Keeps the root away from 0; positive, 1e-8 by default.</param>
public sealed record AdamWOptions(double Beta1 = 0.9, double Beta2 = 0.999, double Eps = 1e-8) : OptimizerOptions
{
    internal override Optimizer Create(IEnumerable<ParameterGroup> groups, ExecutionOptions execution) =>
        new AdamW(groups, Beta1, Beta2, Eps, execution);

    internal override string Describe() => FormattableString.Invariant($"adamw beta1={Beta1} beta2={Beta2} eps={Eps}");
}
