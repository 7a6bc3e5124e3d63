namespace ResNetManaged.Kernels.Pooling;

/// <summary>The window of a blur: 3 x 3 pixels with the weights [1, 2, 1] / 4 along each axis, on a plane reflected at its edges.</summary>
/// <remarks>Zhang 2019, "Making Convolutional Networks Shift-Invariant Again", arXiv:1904.11486, section 3.2: the binomial filter Triangle-3.</remarks>
internal static class BlurWindow
{
    /// <summary>Height and width.</summary>
    public const int Size = 3;

    /// <summary>Pixels added on each side, by reflection without repeating the edge.</summary>
    public const int Padding = 1;

    /// <summary>The least height and width of a plane that can be reflected.</summary>
    public const int LeastPixels = 2;

    /// <summary>The weight of an element along one axis.</summary>
    public static float Weight(int element) => element == Padding ? 0.5f : 0.25f;

    /// <summary>The pixel of the plane that an element of a window covers along one axis.</summary>
    /// <param name="start">The window's first pixel, which may be -1.</param>
    /// <param name="element">0 to 2.</param>
    /// <param name="pixels">The plane's size along the axis.</param>
    public static int Pixel(int start, int element, int pixels)
    {
        int pixel = Math.Abs(start + element);
        return pixel < pixels ? pixel : 2 * (pixels - 1) - pixel;
    }
}
