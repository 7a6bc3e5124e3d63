namespace ResNetManaged.Kernels.Quantized;

/// <summary>A run of neighboring output pixels of a row, as offsets from the image's first element to the first pixel of the run.</summary>
/// <param name="Run">Pixels of the run.</param>
/// <param name="Input">In bytes.</param>
/// <param name="Output">In elements.</param>
/// <param name="Residual">In bytes.</param>
internal readonly record struct DotTile(int Run, int Input, int Output, int Residual);
