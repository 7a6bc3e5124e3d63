using ResNetManaged.Kernels.Layout;
using ResNetManaged.Tensors;

namespace ResNetManaged.Kernels.Convolution.Winograd;

/// <summary>Sizes of Winograd's minimal filtering that do not depend on the vector width.</summary>
internal static class WinogradSizes
{
    /// <summary>Points of a tile, each a matrix product.</summary>
    public static int Points<TTransform>() where TTransform : struct, IWinogradTransform =>
        (TTransform.OutputTile + 2) * (TTransform.OutputTile + 2);

    /// <summary>Tiles along both axes of an image.</summary>
    public static Size2D Grid<TTransform>(in ConvGeometry geometry) where TTransform : struct, IWinogradTransform => new(
        Sizes.CeilingDivide(geometry.Output.Height, TTransform.OutputTile),
        Sizes.CeilingDivide(geometry.Output.Width, TTransform.OutputTile));

    /// <summary>What tiles read outside the input's plane; the last ones may reach farther than the kernel.</summary>
    public static Halo InputHalo<TTransform>(in ConvGeometry geometry) where TTransform : struct, IWinogradTransform =>
        Halo.Of(geometry.Input, Grid<TTransform>(geometry), TTransform.OutputTile + 2, TTransform.OutputTile, geometry.Padding);

    /// <summary>The 1 x 1 convolution at each point.</summary>
    public static ConvGeometry PointGeometry(in ConvGeometry geometry) =>
        new(1, geometry.InChannels, 1, geometry.OutChannels, 1, 1, 0, 1, geometry.Groups);
}
