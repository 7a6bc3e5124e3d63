namespace ResNetManaged.Kernels.Simd;

/// <summary>One vector width: the operations that a kernel, written once for all widths, needs.</summary>
/// <remarks>
/// Implemented by empty tag structs. Kernels take the tag and the raw vector as type arguments; both are structs, so the JIT compiles each
/// combination separately and the abstraction costs nothing. Loads and stores take pointers because kernels share their memory among
/// threads and have pinned it already; no alignment is required.
/// </remarks>
/// <typeparam name="TVector">The raw vector, or <see cref="float"/> itself.</typeparam>
internal unsafe interface ISimd<TVector> where TVector : struct
{
    /// <summary>Whether this processor supports this width in hardware. If not, results are the same, but computed slowly.</summary>
    static abstract bool IsAccelerated { get; }

    /// <summary>Floats in a vector.</summary>
    static abstract int Lanes { get; }

    /// <summary>Vector registers that a kernel can rely on: 16 or 32.</summary>
    static abstract int Registers { get; }

    /// <summary>A vector with the same value in every lane.</summary>
    static abstract TVector Create(float value);

    /// <summary>Reads <see cref="Lanes"/> floats starting at <paramref name="source"/>.</summary>
    static abstract TVector Load(float* source);

    /// <summary>Writes <see cref="Lanes"/> floats starting at <paramref name="destination"/>.</summary>
    static abstract void Store(TVector value, float* destination);

    /// <summary>x + y.</summary>
    static abstract TVector Add(TVector x, TVector y);

    /// <summary>x - y.</summary>
    static abstract TVector Subtract(TVector x, TVector y);

    /// <summary>x * y.</summary>
    static abstract TVector Multiply(TVector x, TVector y);

    /// <summary>x / y.</summary>
    static abstract TVector Divide(TVector x, TVector y);

    /// <summary>The square root of x, rounded to nearest; NaN below 0.</summary>
    static abstract TVector Sqrt(TVector x);

    /// <summary>The larger of x and y; NaN wins.</summary>
    static abstract TVector Max(TVector x, TVector y);

    /// <summary>The larger of x and 0, of either sign; NaN stays NaN. Unlike <see cref="Max"/>, one instruction.</summary>
    static abstract TVector Relu(TVector x);

    /// <summary>
    /// In each lane <paramref name="ifGreater"/> where x &gt; y, and <paramref name="otherwise"/> elsewhere, including where x or y is NaN.
    /// </summary>
    static abstract TVector SelectGreater(TVector x, TVector y, TVector ifGreater, TVector otherwise);

    /// <summary>x * y + addend, with one rounding where the processor has a fused instruction, else with two.</summary>
    static abstract TVector MultiplyAdd(TVector x, TVector y, TVector addend);

    /// <summary>2 to the power of each lane, exactly.</summary>
    /// <param name="exponent">Whole numbers from -126 to 127; anything else, NaN included, gives an unspecified number.</param>
    static abstract TVector PowerOfTwo(TVector exponent);

    /// <summary>-|x|, exactly; NaN stays NaN.</summary>
    static abstract TVector NegateMagnitude(TVector x);

    /// <summary>Whether this width has an instruction for <see cref="Permute"/>.</summary>
    static abstract bool Permutes { get; }

    /// <summary>In each lane, the lane of x that <paramref name="lanes"/> selects.</summary>
    /// <param name="x">The values.</param>
    /// <param name="lanes">The bits of a 32-bit integer in each lane, from 0 to <see cref="Lanes"/> - 1.</param>
    static abstract TVector Permute(TVector x, TVector lanes);

    /// <summary>The smaller of max(x, low) and high; x must not be NaN.</summary>
    static abstract TVector Clamp(TVector x, TVector low, TVector high);

    /// <summary>Reads <see cref="Lanes"/> integers starting at <paramref name="source"/>, converted to the nearest floats, ties to even.</summary>
    static abstract TVector LoadIntegers(int* source);

    /// <summary>Reads <see cref="Lanes"/> bytes starting at <paramref name="source"/>, as numbers from 0 to 255.</summary>
    static abstract TVector LoadBytes(byte* source);

    /// <summary>Rounds each lane to the nearest integer, ties to even, adds <paramref name="offset"/>, and writes the sums as bytes.</summary>
    /// <param name="value">Lanes whose sums with the offset lie between 0 and 255, which no lane exceeds by half of one.</param>
    /// <param name="offset">From 0 to 255.</param>
    /// <param name="destination">Receives <see cref="Lanes"/> bytes.</param>
    static abstract void StoreBytes(TVector value, int offset, byte* destination);
}
