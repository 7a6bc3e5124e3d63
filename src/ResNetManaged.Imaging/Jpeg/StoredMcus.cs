using ResNetManaged.Imaging.Jpeg.Entropy;
using ResNetManaged.Imaging.Jpeg.Samples;

namespace ResNetManaged.Imaging.Jpeg;

/// <summary>The MCUs of an image with several scans: all coefficients are read first.</summary>
internal sealed unsafe class StoredMcus : McuSource, IDisposable
{
    // MCUs in all scans together. A scan of a few bytes can cover the whole image, and time would be unbounded; a flat picture takes about 100 for each byte.
    private const long AlwaysAllowed = 1 << 25, AllowedPerByte = 400;

    private readonly SamplePlane[] _planes;
    private readonly Coefficients[] _coefficients;
    private readonly BlockSmoothing? _smoothing;

    /// <summary>Reads all scans up to the end of the image.</summary>
    public StoredMcus(JpegInput input, BitReader bits, JpegReader reader, JpegScan first, SamplePlane[] planes)
    {
        _planes = planes;
        JpegFrame frame = reader.Frame;
        _coefficients = Array.ConvertAll(frame.Components, component => new Coefficients(frame, component));
        try
        {
            int lastRow = 0;
            long allowed = AlwaysAllowed + AllowedPerByte * input.Length;
            for (JpegScan? scan = first; scan is not null; scan = reader.NextScan())
            {
                ScanReader mcus = new(input, bits, scan, frame.IsProgressive);
                lastRow = mcus.ReadAll(frame, _coefficients);
                allowed -= mcus.Mcus;
                if (allowed < 0) throw new InvalidImageException("the JPEG file has too many scans for its length");
            }
            _smoothing = BlockSmoothing.For(frame, reader.Scans, lastRow);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public override void Read(int mcuRow, bool isNeeded)
    {
        if (!isNeeded) return;
        short* smoothed = stackalloc short[ZigZag.Size];
        for (int i = 0; i < _planes.Length; i++)
        {
            SamplePlane plane = _planes[i];
            JpegComponent component = plane.Component;
            short* steps = plane.Steps;
            for (int y = 0; y < component.BlockRowsIn(mcuRow); y++)
            {
                int row = mcuRow * component.Vertical + y;
                byte* destination = plane.Row(row * JpegFrame.BlockSide);
                for (int column = plane.FirstBlock; column < plane.EndBlock; column++)
                {
                    short* block = _coefficients[i].Block(row, column);
                    if (_smoothing is not null)
                    {
                        _smoothing.Apply(component, _coefficients[i], mcuRow, y, column, smoothed);
                        block = smoothed;
                    }
                    InverseDct.Transform(block, steps, destination + column * JpegFrame.BlockSide, plane.Stride);
                }
            }
        }
    }

    public void Dispose()
    {
        foreach (Coefficients coefficients in _coefficients) coefficients.Dispose();
    }
}
