namespace ResNetManaged.Explaining;

/// <summary>A color map for heat: a cubehelix, whose lightness grows evenly, so that it is readable without color vision and in print.</summary>
/// <remarks>
/// D. A. Green 2011, "A colour scheme for the display of astronomical intensity images", Bulletin of the Astronomical Society of India 39, 289,
/// arXiv:1108.5083, equation 2, with gamma 1. The hue makes half a turn, from blue through red to yellow.
/// </remarks>
internal static class HeatColors
{
    private const double Start = 3; // blue; 1 is red, 2 is green
    private const double Rotations = 0.5;
    private const double Saturation = 2.5; // the highest at which the lightness still grows where a channel is clipped
    private const double Darkest = 0.35, Lightest = 0.88; // lightness; black and white would have no hue

    private static readonly byte[] Table = MakeTable(); // 256 colors

    /// <summary>Paints over one pixel; more heat is more opaque.</summary>
    /// <param name="pixel">Red, green, blue.</param>
    /// <param name="heat">0 to 1.</param>
    /// <param name="opacity">The opacity at heat 1, 0 to 1.</param>
    /// <param name="target">Receives red, green, blue.</param>
    public static void Paint(ReadOnlySpan<byte> pixel, float heat, float opacity, Span<byte> target)
    {
        ReadOnlySpan<byte> color = Table.AsSpan(3 * (int)MathF.Round(255 * heat), 3);
        float paint = opacity * heat;
        for (int c = 0; c < target.Length; c++) target[c] = (byte)MathF.Round(float.Lerp(pixel[c], color[c], paint));
    }

    private static byte[] MakeTable()
    {
        byte[] table = new byte[3 * 256];
        for (int i = 0; i < 256; i++)
        {
            double lightness = Darkest + (Lightest - Darkest) * i / 255;
            (double sin, double cos) = Math.SinCos(2 * Math.PI * (Start / 3 + Rotations * i / 255));
            double amplitude = Saturation * lightness * (1 - lightness) / 2;
            table[3 * i] = ToByte(lightness + amplitude * (-0.14861 * cos + 1.78277 * sin));
            table[3 * i + 1] = ToByte(lightness + amplitude * (-0.29227 * cos - 0.90649 * sin));
            table[3 * i + 2] = ToByte(lightness + amplitude * (1.97294 * cos));
        }
        return table;
    }

    private static byte ToByte(double value) => (byte)Math.Round(255 * Math.Clamp(value, 0, 1));
}
