using ResNetManaged.Preprocessing.Augmentations;

namespace ResNetManaged.Preprocessing;

/// <summary>Pixels in memory, read row by row.</summary>
internal ref struct PixelViewSource(PixelView view) : IPixelSource
{
    private readonly PixelView _view = view;
    private PixelWindow _window;
    private int _y;

    public readonly int Width => _view.Width;

    public readonly int Height => _view.Height;

    public readonly int ScratchLength => _view.ScratchLength;

    public void Select(PixelWindow window) => (_window, _y) = (window, window.Top);

    public ReadOnlySpan<byte> NextRow(Span<byte> scratch) =>
        _view.Row(_y++, scratch).Slice(_window.Left * RgbImage.Channels, _window.Width * RgbImage.Channels);
}
