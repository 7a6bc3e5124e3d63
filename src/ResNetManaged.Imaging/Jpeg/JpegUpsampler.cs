namespace ResNetManaged.Imaging.Jpeg;

/// <summary>Upsamples a component to the image's size, row by row, with what libjpeg calls fancy upsampling.</summary>
/// <remarks>
/// Along each doubled axis a new sample is 3/4 of the nearer and 1/4 of the farther old sample, with libjpeg-turbo's rounding (jdsample.c), whose
/// biases alternate so that errors cancel. Other ratios, and planes of one or two columns, replicate samples.
/// </remarks>
internal abstract class JpegUpsampler(JpegPlane plane)
{
    protected JpegPlane Plane { get; } = plane;

    public static JpegUpsampler For(JpegPlane plane, int imageWidth) => (plane.ScaleX, plane.ScaleY) switch
    {
        (2, 1) when plane.Width > 2 => new FancyHorizontal(plane),
        (1, 2) => new FancyVertical(plane),
        (2, 2) when plane.Width > 2 => new FancyBoth(plane),
        _ => new Replicate(plane, imageWidth),
    };

    /// <summary>Writes row <paramref name="y"/> of the image; the row may extend past the image's width.</summary>
    public abstract void WriteRow(int y, Span<byte> row);

    /// <summary>The nearest and the second nearest old row to new row y, when rows are doubled; edge rows repeat.</summary>
    private (byte[] Near, byte[] Far) RowsAround(int y)
    {
        int near = y / 2, far = Math.Clamp(y % 2 == 0 ? near - 1 : near + 1, 0, Plane.Height - 1);
        return (Plane.Rows[near], Plane.Rows[far]);
    }

    private sealed class Replicate(JpegPlane plane, int imageWidth) : JpegUpsampler(plane)
    {
        public override void WriteRow(int y, Span<byte> row)
        {
            ReadOnlySpan<byte> source = Plane.Rows[y / Plane.ScaleY];
            if (Plane.ScaleX == 1) source[..imageWidth].CopyTo(row);
            else for (int x = 0; x < imageWidth; x++) row[x] = source[x / Plane.ScaleX];
        }
    }

    private sealed class FancyHorizontal(JpegPlane plane) : JpegUpsampler(plane)
    {
        public override void WriteRow(int y, Span<byte> row)
        {
            ReadOnlySpan<byte> source = Plane.Rows[y].AsSpan(0, Plane.Width);
            int end = source.Length - 1;
            row[0] = source[0];
            row[1] = (byte)((3 * source[0] + source[1] + 2) >> 2);
            for (int x = 1; x < end; x++)
            {
                row[2 * x] = (byte)((3 * source[x] + source[x - 1] + 1) >> 2);
                row[2 * x + 1] = (byte)((3 * source[x] + source[x + 1] + 2) >> 2);
            }
            row[2 * end] = (byte)((3 * source[end] + source[end - 1] + 1) >> 2);
            row[2 * end + 1] = source[end];
        }
    }

    private sealed class FancyVertical(JpegPlane plane) : JpegUpsampler(plane)
    {
        public override void WriteRow(int y, Span<byte> row)
        {
            (byte[] near, byte[] far) = RowsAround(y);
            int bias = y % 2 == 0 ? 1 : 2;
            for (int x = 0; x < Plane.Width; x++) row[x] = (byte)((3 * near[x] + far[x] + bias) >> 2);
        }
    }

    private sealed class FancyBoth(JpegPlane plane) : JpegUpsampler(plane)
    {
        private readonly int[] _sums = new int[plane.Width];

        public override void WriteRow(int y, Span<byte> row)
        {
            (byte[] near, byte[] far) = RowsAround(y);
            Span<int> sums = _sums;
            for (int x = 0; x < sums.Length; x++) sums[x] = 3 * near[x] + far[x];
            int end = sums.Length - 1;
            row[0] = (byte)((4 * sums[0] + 8) >> 4);
            row[1] = (byte)((3 * sums[0] + sums[1] + 7) >> 4);
            for (int x = 1; x < end; x++)
            {
                row[2 * x] = (byte)((3 * sums[x] + sums[x - 1] + 8) >> 4);
                row[2 * x + 1] = (byte)((3 * sums[x] + sums[x + 1] + 7) >> 4);
            }
            row[2 * end] = (byte)((3 * sums[end] + sums[end - 1] + 8) >> 4);
            row[2 * end + 1] = (byte)((4 * sums[end] + 7) >> 4);
        }
    }
}
