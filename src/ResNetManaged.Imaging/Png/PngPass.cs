using ResNetManaged.Tensors;

namespace ResNetManaged.Imaging.Png;

/// <summary>The pixels of one interlace pass: every StepX-th pixel of every StepY-th row.</summary>
internal readonly record struct PngPass(int Left, int Top, int StepX, int StepY)
{
    public static readonly PngPass[] Sequential = [new(0, 0, 1, 1)];

    public static readonly PngPass[] Adam7 =
        [new(0, 0, 8, 8), new(4, 0, 8, 8), new(0, 4, 4, 8), new(2, 0, 4, 4), new(0, 2, 2, 4), new(1, 0, 2, 2), new(0, 1, 1, 2)];

    public int Columns(int width) => Sizes.CeilingDivide(width - Left, StepX);

    public int Rows(int height) => Sizes.CeilingDivide(height - Top, StepY);
}
