namespace ResNetManaged.Preprocessing;

/// <summary>One number per color channel, such as the mean or the standard deviation of pixels scaled to 0..1.</summary>
public readonly struct RgbValues
{
    /// <summary>Creates the values.</summary>
    /// <param name="red">The value of the red channel.</param>
    /// <param name="green">The value of the green channel.</param>
    /// <param name="blue">The value of the blue channel.</param>
    public RgbValues(float red, float green, float blue) => (Red, Green, Blue) = (red, green, blue);

    /// <summary>The value of the red channel.</summary>
    public float Red { get; }

    /// <summary>The value of the green channel.</summary>
    public float Green { get; }

    /// <summary>The value of the blue channel.</summary>
    public float Blue { get; }

    /// <summary>The three values: <c>0.485, 0.456, 0.406</c>.</summary>
    public override string ToString() => FormattableString.Invariant($"{Red}, {Green}, {Blue}");
}
