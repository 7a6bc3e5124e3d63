using ResNetManaged.Kernels.Layout;

namespace ResNetManaged.Kernels.Elementwise;

/// <summary>A blocked value [N, C, 1, 1]: one number for each plane. The default one stands for none.</summary>
internal readonly unsafe struct ChannelFactors
{
    private readonly float* _first;
    private readonly nint _imageStride, _blockStride;

    private ChannelFactors(float* first, nint imageStride, nint blockStride)
    {
        _first = first;
        _imageStride = imageStride;
        _blockStride = blockStride;
    }

    public bool IsNone => _first == null;

    /// <summary>Numbers that lie as images of one pixel.</summary>
    public static ChannelFactors OfImages(BlockedView images) =>
        new(images.Row(0, 0), images.Layout.ImageStride, images.Layout.PlaneStride);

    /// <summary>Numbers that lie as features: one image of one row, whose pixels are the N rows of a matrix.</summary>
    public static ChannelFactors OfFeatures(BlockedView features) => new(features.Row(0, 0), ChannelBlock.Size, features.Layout.PlaneStride);

    /// <summary>The numbers of a block of channels.</summary>
    public float* Block(int image, int block) => _first + image * _imageStride + block * _blockStride;
}
