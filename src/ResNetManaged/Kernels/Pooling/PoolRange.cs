namespace ResNetManaged.Kernels.Pooling;

/// <summary>The pixels that a window without dilation covers along one axis.</summary>
internal readonly struct PoolRange
{
    private PoolRange((int First, int End) inside, int padded)
    {
        (Start, End) = inside;
        Padded = padded;
    }

    /// <summary>The first pixel inside the plane.</summary>
    public int Start { get; }

    /// <summary>One past the last pixel inside the plane.</summary>
    public int End { get; }

    /// <summary>Pixels, including the padding.</summary>
    public int Padded { get; }

    /// <summary>Pixels inside the plane.</summary>
    public int Inside => End - Start;

    /// <summary>The rows of a window.</summary>
    public static PoolRange OfRows(in PoolGeometry geometry, int outputRow)
    {
        int start = outputRow * geometry.Stride.Height - geometry.Padding.Top;
        return new PoolRange(geometry.InsideRows(outputRow),
            Math.Min(start + geometry.Kernel.Height, geometry.Input.Height + geometry.Padding.Bottom) - start);
    }

    /// <summary>The columns of a window.</summary>
    public static PoolRange OfColumns(in PoolGeometry geometry, int outputColumn)
    {
        int start = outputColumn * geometry.Stride.Width - geometry.Padding.Left;
        return new PoolRange(geometry.InsideColumns(outputColumn),
            Math.Min(start + geometry.Kernel.Width, geometry.Input.Width + geometry.Padding.Right) - start);
    }

    /// <summary>The divisor of a window's mean.</summary>
    public static double Count(PoolRange rows, PoolRange columns, bool countIncludePad) =>
        countIncludePad ? (double)rows.Padded * columns.Padded : (double)rows.Inside * columns.Inside;
}
