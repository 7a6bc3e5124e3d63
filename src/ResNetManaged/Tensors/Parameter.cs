using ResNetManaged.Tensors.Random;

namespace ResNetManaged.Tensors;

/// <summary>A tensor that training changes: a weight or a bias.</summary>
public sealed class Parameter : StateTensor
{
    /// <summary>Creates a parameter with a constant initial value.</summary>
    /// <param name="shape">Its shape.</param>
    /// <param name="value">The initial value of every element.</param>
    public Parameter(Shape shape, float value) : base(shape, s => Tensor.Full(s, value)) { }

    /// <summary>Creates a parameter with random initial values.</summary>
    /// <param name="shape">Its shape.</param>
    /// <param name="initializer">Draws the initial elements.</param>
    /// <param name="generator">The generator to draw from at once; null to draw on first use from a random seed.</param>
    /// <exception cref="ShapeMismatchException">The initializer returned a different shape.</exception>
    public Parameter(Shape shape, Func<Shape, TorchGenerator, Tensor> initializer, TorchGenerator? generator)
        : base(shape, s => initializer(s, TorchGenerator.FromEntropy()))
    {
        ArgumentNullException.ThrowIfNull(initializer);
        if (generator is not null) Value = initializer(shape, generator);
    }

    /// <summary>Whether training computes a gradient for the parameter and updates it; true by default.</summary>
    public bool RequiresGrad { get; set; } = true;

    /// <summary>Redraws the elements.</summary>
    /// <param name="initializer">Draws the elements.</param>
    /// <param name="generator">The generator to draw from at once; null to draw on first use from a random seed.</param>
    /// <exception cref="ShapeMismatchException">The initializer returned a different shape.</exception>
    public void Initialize(Func<Shape, TorchGenerator, Tensor> initializer, TorchGenerator? generator)
    {
        ArgumentNullException.ThrowIfNull(initializer);
        if (generator is null) CreateLater(() => initializer(Shape, TorchGenerator.FromEntropy()));
        else Value = initializer(Shape, generator);
    }

    /// <summary>Sets every element to a value, as <c>nn.init.constant_</c> does.</summary>
    /// <param name="value">The value.</param>
    public void Fill(float value) => Value = Tensor.Full(Shape, value);

    /// <summary>The parameter as PyTorch prints it.</summary>
    public override string ToString() =>
        "Parameter containing:\n" + TensorFormatter.Format(Value, suffix: RequiresGrad ? "requires_grad=True" : "");
}
