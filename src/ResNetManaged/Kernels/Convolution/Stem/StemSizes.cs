using ResNetManaged.Tensors;

namespace ResNetManaged.Kernels.Convolution.Stem;

/// <summary>How the stem cuts its work, and the sizes of what its stages produce. All lengths and strides are in floats.</summary>
internal sealed class StemSizes
{
    /// <summary>Input rows of a band; the tile kernel's pixels are 32 floats apart.</summary>
    public const int Rows = 32;

    /// <summary>Output rows that can be computed from a band's input.</summary>
    public const int BandRows = (Rows - StemTransform.Kernel) / StemTransform.Stride + 1;

    /// <summary>Even and odd pixels of a row.</summary>
    public const int Phases = 2;

    /// <summary>Cuts a convolution that <see cref="StemTransform.Handles"/>.</summary>
    public StemSizes(in ConvGeometry geometry)
    {
        Geometry = geometry;
        Tiles = Sizes.CeilingDivide(geometry.Output.Width, StemTransform.Outputs);
        Columns = StemTransform.Stride * (StemTransform.Outputs * Tiles - 1) + StemTransform.Kernel;
    }

    public ConvGeometry Geometry { get; }

    /// <summary>Tiles of a row.</summary>
    public int Tiles { get; }

    /// <summary>Input columns that the tiles read.</summary>
    public int Columns { get; }

    /// <summary>A band's input, <c>[channel][column][32 rows]</c>.</summary>
    public int ColumnsLength => Geometry.InChannels * Columns * Rows;

    /// <summary>A band's transformed input, <c>[phase][channel][point][tile][32 rows]</c>.</summary>
    public int PointsLength => Phases * Geometry.InChannels * StemTransform.Points * Tiles * Rows;

    /// <summary>Each point's product as a 1 x 7 convolution: a row of 7 products for each phase and channel.</summary>
    public static ConvGeometry PointGeometry(in ConvGeometry geometry) =>
        new(1, Phases * geometry.InChannels, (1, StemTransform.Kernel), geometry.OutChannels, (1, StemTransform.Kernel), 1, 0, 1, groups: 1);
}
