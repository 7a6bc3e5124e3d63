namespace ResNetManaged.Kernels.Tiles;

/// <summary>A function that a convolution applies to the pixels that it has just stored, while they are in the cache.</summary>
/// <remarks>
/// A call for each run of pixels: register tiles know nothing of it, so that it costs nothing where there is none. It keeps 0, so that channels that pad a
/// block stay 0.
/// </remarks>
internal abstract unsafe class PixelEpilogue
{
    /// <summary>Applies the function to one vector of channels of some pixels, in place.</summary>
    /// <param name="first">The first pixel's vector.</param>
    /// <param name="stride">Floats from one pixel to the next.</param>
    /// <param name="pixels">How many pixels.</param>
    public abstract void Apply(float* first, nint stride, int pixels);
}
