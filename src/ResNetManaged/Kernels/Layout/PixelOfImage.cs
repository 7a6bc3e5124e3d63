namespace ResNetManaged.Kernels.Layout;

/// <summary>Where the only pixel of an image is: in blocked images of one pixel, or in features, whose pixels are the images.</summary>
internal readonly struct PixelOfImage(BlockedLayout layout, bool areFeatures)
{
    private readonly nint _imageStride = areFeatures ? ChannelBlock.Size : layout.ImageStride;

    /// <summary>Floats from the first value to an image's pixel of a block of channels.</summary>
    public nint Offset(int image, int block) => image * _imageStride + block * (nint)layout.PlaneStride + layout.Origin;
}
