namespace ResNetManaged.Kernels.Simd;

/// <summary>A computation that <see cref="SimdDispatch"/> runs on the vector width it chose.</summary>
internal interface ISimdAction
{
    /// <summary>Runs the computation on one width.</summary>
    void Invoke<TSimd, TVector>()
        where TSimd : struct, ISimd<TVector>
        where TVector : struct;
}
