namespace ResNetManaged.Tests.Reference;

/// <summary>PyTorch's update rules for one weight, in double, each quantity with the sum of the magnitudes of its terms.</summary>
/// <remarks>
/// A result's rounding error is at most roundings * unit roundoff * magnitude, with the roundings on the longest path through the computation (Higham 2002,
/// chapter 3).
/// </remarks>
internal struct ReferenceWeight(double value)
{
    /// <summary>Roundings of one step, including those of the factors.</summary>
    public const int RoundingsPerStep = 16;

    private double _first, _firstMagnitude, _second;

    public double Value { get; private set; } = value;

    public double Magnitude { get; private set; } = Math.Abs(value);

    /// <summary>torch/optim/sgd.py, _single_tensor_sgd, with dampening 0.</summary>
    public void Sgd(double gradient, double rate, double momentum, bool nesterov, double decay)
    {
        (double d, double magnitude) = (gradient + decay * Value, Math.Abs(gradient) + decay * Magnitude);
        _first = momentum * _first + d;
        _firstMagnitude = momentum * _firstMagnitude + magnitude;
        Value -= rate * (nesterov ? d + momentum * _first : _first);
        Magnitude += rate * (nesterov ? magnitude + momentum * _firstMagnitude : _firstMagnitude);
    }

    /// <summary>torch/optim/adamw.py, _single_tensor_adamw.</summary>
    public void AdamW(int step, double gradient, double rate, double beta1, double beta2, double eps, double decay)
    {
        _first += (1 - beta1) * (gradient - _first);
        _firstMagnitude += (1 - beta1) * (Math.Abs(gradient) + _firstMagnitude);
        _second = beta2 * _second + (1 - beta2) * gradient * gradient;
        double scale = rate / (1 - Math.Pow(beta1, step)) / (Math.Sqrt(_second / (1 - Math.Pow(beta2, step))) + eps);
        Value = Value * (1 - rate * decay) - scale * _first;
        Magnitude = Magnitude * (1 + rate * decay) + scale * _firstMagnitude;
    }
}
