using ResNetManaged.Kernels.Simd;

namespace ResNetManaged.Kernels.Elementwise.Activations;

/// <summary>A function of one number that a layer applies to every element, with its settings as fields.</summary>
/// <remarks>
/// Implemented by structs. Kernels take one as a type argument, so that the JIT compiles a loop for each function and the call disappears. The
/// reference kernels run the definition in double, plans the vector form. Both propagate NaN.
/// </remarks>
internal interface IActivationFunction
{
    /// <summary>y = f(x), by definition.</summary>
    double Apply(double x);

    /// <summary>f'(x), by definition; at a kink, the value that PyTorch uses.</summary>
    double Derivative(double x);

    /// <summary>y = f(x) in every lane.</summary>
    TVector Apply<TSimd, TVector>(TVector x)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct;

    /// <summary>f'(x) in every lane; finite at 0.</summary>
    TVector Derivative<TSimd, TVector>(TVector x)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct;
}
