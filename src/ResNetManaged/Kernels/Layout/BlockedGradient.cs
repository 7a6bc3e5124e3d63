using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Simd;

namespace ResNetManaged.Kernels.Layout;

/// <summary>
/// The gradient of a value: the sum of its readers' contributions, and 0 where a ReLU made the value 0. Kernels that read it add and mask on the fly.
/// </summary>
/// <param name="first">The first reader's contribution.</param>
/// <param name="second">The second reader's contribution; none if there is only one reader.</param>
/// <param name="activation">The stored value after its ReLU: the gradient passes only where it is greater than 0. None if there is no ReLU.</param>
internal readonly struct BlockedGradient(BlockedView first, BlockedView second = default, BlockedView activation = default)
{
    public BlockedLayout Layout => first.Layout;

    /// <summary>A row of a plane; planes are numbered consecutively across all images.</summary>
    public GradientRow Row(int plane, int row) => new(first, second, activation, plane, row);
}

/// <summary>A row of a <see cref="BlockedGradient"/>.</summary>
internal readonly unsafe struct GradientRow(BlockedView first, BlockedView second, BlockedView activation, int plane, int row)
{
    private readonly float* _first = first.Row(plane, row), _second = second.Row(plane, row), _activation = activation.Row(plane, row);

    /// <summary>The gradient at an offset, in floats, from the row's first float.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Load<TSimd, TVector>(nint offset)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        TVector gradient = TSimd.Load(_first + offset);
        if (_second != null) gradient = TSimd.Add(gradient, TSimd.Load(_second + offset));
        if (_activation != null) gradient = TSimd.SelectGreater(TSimd.Load(_activation + offset), default, gradient, default);
        return gradient;
    }
}
