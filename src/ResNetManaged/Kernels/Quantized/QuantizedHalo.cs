using ResNetManaged.Kernels.Layout;

namespace ResNetManaged.Kernels.Quantized;

/// <summary>The halo of quantized activations: bytes that stand for 0.</summary>
internal static unsafe class QuantizedHalo
{
    /// <summary>Fills the halo of some planes; planes are numbered consecutively across all images.</summary>
    public static void Fill(byte* images, BlockedLayout layout, byte zero, int firstPlane, int endPlane)
    {
        if (layout.Halo == default) return;
        int row = layout.Size.Width * layout.BlockSize, between = layout.RowStride - row;
        for (int plane = firstPlane; plane < endPlane; plane++)
        {
            byte* start = images + (nint)plane * layout.PlaneStride;
            new Span<byte>(start, layout.Origin).Fill(zero);
            byte* gap = start + layout.Origin + row;
            for (int h = 1; h < layout.Size.Height; h++, gap += layout.RowStride) new Span<byte>(gap, between).Fill(zero);
            new Span<byte>(gap, (int)(start + layout.PlaneStride - gap)).Fill(zero);
        }
    }
}
