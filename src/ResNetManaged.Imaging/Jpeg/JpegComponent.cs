using ResNetManaged.Imaging.Jpeg.Entropy;

namespace ResNetManaged.Imaging.Jpeg;

/// <summary>A component of a frame, such as luma: its sampling and its size.</summary>
internal sealed class JpegComponent(int id, int horizontal, int vertical, int quantizationTable)
{
    public int Id => id;

    /// <summary>The blocks in an MCU's row.</summary>
    public int Horizontal => horizontal;

    /// <summary>The block rows in an MCU.</summary>
    public int Vertical => vertical;

    public int QuantizationTable => quantizationTable;

    /// <summary>The samples in a row that belong to the image.</summary>
    public int Width { get; private set; }

    /// <summary>The rows of samples that belong to the image.</summary>
    public int Height { get; private set; }

    /// <summary>The blocks in a row that contain such samples.</summary>
    public int BlockColumns { get; private set; }

    /// <summary>The block rows that contain such samples.</summary>
    public int BlockRows { get; private set; }

    /// <summary>The steps of quantization, row by row, of the first scan with this component; all 0 before.</summary>
    /// <remarks>T.81 allows 16 bits; libjpeg-turbo multiplies modulo 2^16.</remarks>
    public short[]? Steps { get; set; }

    /// <summary>The last DC value of the scan.</summary>
    public int Prediction;

    /// <summary>For each coefficient in coded order, the bits still missing in progressive scans; -1 if none has come.</summary>
    public int[] MissingBits { get; } = NoBits();

    /// <summary>The same before the last scan with this component.</summary>
    public int[] MissingBitsBefore { get; } = NoBits();

    public void Measure(JpegFrame frame)
    {
        Width = CeilingDivide(frame.Width * horizontal, frame.MaxHorizontal);
        Height = CeilingDivide(frame.Height * vertical, frame.MaxVertical);
        BlockColumns = CeilingDivide(frame.Width * horizontal, frame.MaxHorizontal * JpegFrame.BlockSide);
        BlockRows = CeilingDivide(frame.Height * vertical, frame.MaxVertical * JpegFrame.BlockSide);
    }

    /// <summary>The block rows in a row of MCUs; the last row has fewer.</summary>
    public int BlockRowsIn(int mcuRow) => Math.Min(vertical, BlockRows - mcuRow * vertical);

    private static int CeilingDivide(int x, int y) => (x + y - 1) / y;

    private static int[] NoBits()
    {
        int[] bits = new int[ZigZag.Size];
        Array.Fill(bits, -1);
        return bits;
    }
}
