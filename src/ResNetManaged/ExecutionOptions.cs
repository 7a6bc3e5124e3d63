namespace ResNetManaged;

/// <summary>How to run a computation: the number of threads, the vector width and the algorithms. None changes what is computed.</summary>
/// <remarks>
/// Results do not depend on <see cref="Threads"/>, bit for bit; between vector widths and precisions they differ only by rounding.
/// </remarks>
public sealed record ExecutionOptions
{
    private static ExecutionOptions _default = new();

    private readonly int _threads;

    /// <summary>The options used when a caller gives none. Set them once, at the start of a program.</summary>
    /// <exception cref="ArgumentNullException">Null was set.</exception>
    public static ExecutionOptions Default
    {
        get => _default;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            _default = value;
        }
    }

    /// <summary>
    /// The largest number of threads; 0, the default, stands for <see cref="Environment.ProcessorCount"/>, which respects cgroup limits.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    public int Threads
    {
        get => _threads == 0 ? Environment.ProcessorCount : _threads;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            _threads = value;
        }
    }

    /// <summary>The vector width; <see cref="SimdPath.Auto"/> by default.</summary>
    public SimdPath Simd { get; init; }

    /// <summary>The algorithms allowed; <see cref="ResNetManaged.Precision.Fast"/> by default.</summary>
    public Precision Precision { get; init; }

    /// <summary>
    /// The algorithm for the convolutions that it supports; all others are computed directly. <see cref="ConvolutionAlgorithm.Auto"/> by default.
    /// </summary>
    public ConvolutionAlgorithm Convolution { get; init; }
}
