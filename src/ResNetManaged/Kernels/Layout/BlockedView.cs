namespace ResNetManaged.Kernels.Layout;

/// <summary>Blocked activations or gradients in memory owned elsewhere. The default value means none.</summary>
internal readonly unsafe struct BlockedView(float* pointer, BlockedLayout layout)
{
    /// <summary>The first float of the first image; null for none.</summary>
    public float* Pointer => pointer;

    public BlockedLayout Layout => layout;

    public bool IsNone => pointer == null;

    /// <summary>The first pixel of a row of a plane; planes are numbered consecutively across all images. Null for none.</summary>
    public float* Row(int plane, int row) => pointer == null ? null : pointer + (nint)plane * layout.PlaneStride + layout.Offset(row, 0);

    /// <summary>Sets some rows of a plane to zero, without their halo; planes are numbered consecutively across all images.</summary>
    /// <returns>One past the last row cleared: <paramref name="end"/>, or <paramref name="first"/> if that is larger.</returns>
    public int ClearRows(int plane, int first, int end)
    {
        for (; first < end; first++) new Span<float>(Row(plane, first), layout.Size.Width * ChannelBlock.Size).Clear();
        return first;
    }

    /// <summary>
    /// In a row of a plane, sets the channels that only pad the last block to zero; planes are numbered consecutively across all images.
    /// </summary>
    public void ClearPadding(int plane, int row)
    {
        int channels = layout.Channels - plane % layout.Blocks * ChannelBlock.Size;
        if (channels >= ChannelBlock.Size) return;
        float* pixel = Row(plane, row) + channels;
        for (int w = 0; w < layout.Size.Width; w++, pixel += ChannelBlock.Size) new Span<float>(pixel, ChannelBlock.Size - channels).Clear();
    }

    /// <summary>Sets the halo of a plane to zero; planes are numbered consecutively across all images.</summary>
    public void ClearHalo(int plane) => layout.ClearHalo(pointer, plane, plane + 1);
}
