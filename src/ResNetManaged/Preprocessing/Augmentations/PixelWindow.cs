namespace ResNetManaged.Preprocessing.Augmentations;

/// <summary>A rectangle of an image.</summary>
internal readonly record struct PixelWindow(int Left, int Top, int Width, int Height);
