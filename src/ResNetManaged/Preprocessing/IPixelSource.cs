using ResNetManaged.Preprocessing.Augmentations;

namespace ResNetManaged.Preprocessing;

/// <summary>An image whose rows are read once, from top to bottom, so that it need not be in memory as a whole.</summary>
internal interface IPixelSource
{
    int Width { get; }

    int Height { get; }

    /// <summary>Selects the only pixels that will be read; called once, before the first row.</summary>
    void Select(PixelWindow window);

    /// <summary>The scratch bytes that <see cref="NextRow"/> needs, once a window is selected; 0 if it returns the source's own memory.</summary>
    int ScratchLength { get; }

    /// <summary>The window's next row as red, green and blue bytes, in the scratch memory or the source's own.</summary>
    ReadOnlySpan<byte> NextRow(Span<byte> scratch);
}
