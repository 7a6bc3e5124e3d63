namespace ResNetManaged.Kernels.Tiles;

/// <summary>Where one register tile reads and writes: two runs of neighbouring output pixels, along a row or down a column.</summary>
/// <remarks>Offsets in floats: of the first pixel of each run, from the image's first float in the input, the output and the residual.</remarks>
internal readonly record struct Tile(int Input0, int Input1, int Output0, int Output1, int Residual0, int Residual1);

/// <summary>Tiles of one shape that follow each other in a list.</summary>
/// <param name="Run">Pixels of a run.</param>
/// <param name="Down">Whether the runs go down a column.</param>
/// <param name="Paired">Whether the tiles have a second run, of the same length.</param>
/// <param name="Start">The first tile of the list.</param>
/// <param name="Count">How many tiles.</param>
internal readonly record struct TileRange(int Run, bool Down, bool Paired, int Start, int Count)
{
    public int End => Start + Count;
}
