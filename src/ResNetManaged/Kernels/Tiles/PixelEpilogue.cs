namespace ResNetManaged.Kernels.Tiles;

/// <summary>A function that a convolution applies to the pixels that it has just stored, while they are in the cache.</summary>
/// <remarks>
/// Called once for each run of pixels. Register tiles know nothing of it, so it costs nothing if there is none. It maps 0 to 0, so channels that pad
/// a block stay 0.
/// </remarks>
internal abstract unsafe class PixelEpilogue
{
    /// <summary>Applies the function to one vector of channels of some pixels, in place.</summary>
    /// <param name="first">The first pixel's vector.</param>
    /// <param name="stride">Floats from one pixel to the next.</param>
    /// <param name="pixels">The number of pixels.</param>
    public abstract void Apply(float* first, nint stride, int pixels);
}
