namespace ResNetManaged.Imaging.Jpeg;

/// <summary>The decoded samples of one component, before upsampling.</summary>
/// <param name="Rows">Rows of samples, padded to whole blocks on the right and at the bottom.</param>
/// <param name="Width">The number of samples in a row that belong to the image.</param>
/// <param name="Height">The number of rows that belong to the image.</param>
/// <param name="ScaleX">The pixels per sample horizontally.</param>
/// <param name="ScaleY">The pixels per sample vertically.</param>
internal sealed record JpegPlane(byte[][] Rows, int Width, int Height, int ScaleX, int ScaleY);
