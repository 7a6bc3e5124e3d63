namespace ResNetManaged.Kernels.Tiles;

/// <summary>The offsets of one register tile: two runs of neighboring output pixels, along a row or down a column.</summary>
/// <remarks>In floats, from the image's first float to each run's first pixel, in the input, the output and the residual.</remarks>
internal readonly record struct Tile(int Input0, int Input1, int Output0, int Output1, int Residual0, int Residual1);

/// <summary>Consecutive tiles of one shape in a list.</summary>
/// <param name="Run">Pixels of a run.</param>
/// <param name="Down">Whether runs go down a column.</param>
/// <param name="Paired">Whether the tiles have a second run, of the same length.</param>
/// <param name="Start">The index of the first tile.</param>
/// <param name="Count">The number of tiles.</param>
internal readonly record struct TileRange(int Run, bool Down, bool Paired, int Start, int Count)
{
    public int End => Start + Count;
}
