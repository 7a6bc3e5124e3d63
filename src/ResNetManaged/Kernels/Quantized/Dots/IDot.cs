namespace ResNetManaged.Kernels.Quantized.Dots;

/// <summary>Sums of products of activations, unsigned bytes, and weights, signed bytes, on one instruction set: all of them compute the same integers.</summary>
/// <remarks>
/// Each lane sums for one output channel. A group of four input channels is four bytes of a pixel, the same for all lanes, and four weights of each lane.
/// Implemented by empty tag structs, like <see cref="Simd.ISimd{TVector}"/>.
/// </remarks>
/// <typeparam name="TSums">A vector of 32-bit integers, or <see cref="int"/> itself.</typeparam>
internal unsafe interface IDot<TSums> where TSums : struct
{
    /// <summary>Whether this processor has the instructions.</summary>
    static abstract bool IsAccelerated { get; }

    /// <summary>Output channels of a vector.</summary>
    static abstract int Lanes { get; }

    /// <summary>The longest run of pixels whose sums fit the registers along with the weights of two groups, for two vectors of channels.</summary>
    static abstract int LongestRun { get; }

    /// <summary>What is subtracted from each activation before it is multiplied: 0, or 128 where both factors must be signed.</summary>
    static abstract int Offset { get; }

    /// <summary>Reads a 32-bit integer for each lane.</summary>
    static abstract TSums Load(int* source);

    /// <summary>Writes a 32-bit integer for each lane.</summary>
    static abstract void Store(TSums sums, int* destination);

    /// <summary>The weights of a group.</summary>
    static abstract TSums Weights(sbyte* source);

    /// <summary>The four bytes of a pixel, for all lanes.</summary>
    static abstract TSums Pixel(byte* source);

    /// <summary>Adds the products of two groups.</summary>
    static abstract TSums MultiplyAdd(TSums sums, TSums x0, TSums x1, TSums w0, TSums w1);
}
