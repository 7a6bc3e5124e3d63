using ResNetManaged.Preprocessing;

namespace ResNetManaged.Explaining;

/// <summary>Thumbnails of many pictures in one image: rows of square cells, filled from the top left.</summary>
public sealed class ContactSheet
{
    private const int Gap = 8; // pixels around each cell
    private const byte Paper = 245; // nearly white

    private readonly List<RgbImage> _pictures = [];
    private readonly int _columns, _cellSize;

    /// <summary>Creates an empty sheet.</summary>
    /// <param name="columns">The number of pictures in a row, at least 1.</param>
    /// <param name="cellSize">The longer side of each thumbnail in pixels, at least 1; 224 by default.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is below 1.</exception>
    public ContactSheet(int columns, int cellSize = 224)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(columns);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(cellSize);
        _columns = columns;
        _cellSize = cellSize;
    }

    /// <summary>The number of pictures added so far.</summary>
    internal int Count => _pictures.Count;

    /// <summary>Adds a picture in the next cell; only its thumbnail is kept.</summary>
    /// <param name="picture">The picture, of any size; it is not modified.</param>
    public void Add(RgbImage picture)
    {
        ArgumentNullException.ThrowIfNull(picture);
        double scale = (double)_cellSize / Math.Max(picture.Width, picture.Height);
        _pictures.Add(picture.Resize(Scaled(picture.Width), Scaled(picture.Height)));

        int Scaled(int side) => Math.Max((int)Math.Round(side * scale), 1);
    }

    /// <summary>Draws the sheet.</summary>
    /// <returns>An image just large enough for the filled cells.</returns>
    /// <exception cref="InvalidOperationException">No picture has been added.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The sheet would have more pixels than an image can hold.</exception>
    public RgbImage ToImage()
    {
        if (_pictures.Count == 0) throw new InvalidOperationException("ContactSheet: no picture has been added.");
        int columns = Math.Min(_columns, _pictures.Count), rows = (_pictures.Count - 1) / columns + 1, cell = _cellSize + Gap;
        RgbImage sheet = new(checked(columns * cell + Gap), checked(rows * cell + Gap));
        sheet.Pixels.Fill(Paper);
        for (int i = 0; i < _pictures.Count; i++)
        {
            RgbImage picture = _pictures[i];
            int left = Gap + i % columns * cell + (_cellSize - picture.Width) / 2, top = Gap + i / columns * cell + (_cellSize - picture.Height) / 2;
            for (int y = 0; y < picture.Height; y++) picture.Row(y).CopyTo(sheet.Row(top + y)[(RgbImage.Channels * left)..]);
        }
        return sheet;
    }
}
