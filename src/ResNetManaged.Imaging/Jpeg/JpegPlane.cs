namespace ResNetManaged.Imaging.Jpeg;

/// <summary>The decoded samples of one component, before upsampling.</summary>
/// <param name="Rows">Rows of samples, padded to whole blocks on the right and at the bottom.</param>
/// <param name="Width">Samples in a row that belong to the image.</param>
/// <param name="Height">Rows that belong to the image.</param>
/// <param name="ScaleX">Pixels for one sample, to the right.</param>
/// <param name="ScaleY">Pixels for one sample, downwards.</param>
internal sealed record JpegPlane(byte[][] Rows, int Width, int Height, int ScaleX, int ScaleY);
