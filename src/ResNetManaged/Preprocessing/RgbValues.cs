namespace ResNetManaged.Preprocessing;

/// <summary>One number per channel, such as a mean or a standard deviation of pixels scaled to 0..1.</summary>
/// <param name="Red">The first channel's.</param>
/// <param name="Green">The second channel's.</param>
/// <param name="Blue">The third channel's.</param>
public readonly record struct RgbValues(float Red, float Green, float Blue);
