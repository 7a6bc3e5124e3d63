using ResNetManaged.Imaging.Jpeg.Entropy;

namespace ResNetManaged.Imaging.Jpeg.Samples;

/// <summary>One integer: the plain meaning of every operation.</summary>
internal readonly unsafe struct DctScalar : IDctLanes<int>
{
    public static int Lanes => 1;

    public static int Create(int value) => value;

    public static int Load(short* source) => *source;

    public static void Store(int value, short* destination) => *destination = (short)Math.Clamp(value, short.MinValue, short.MaxValue);

    public static int Add(int x, int y) => x + y;

    public static int Subtract(int x, int y) => x - y;

    public static int Multiply(int x, int y) => x * y;

    public static int ShiftLeft(int x, int bits) => x << bits;

    public static int ShiftRight(int x, int bits) => x >> bits;

    public static void Scale(short* coefficients, short* steps, short* destination)
    {
        for (int i = 0; i < ZigZag.Size; i++) destination[i] = (short)(coefficients[i] * steps[i]);
    }

    public static void Transpose(short* block)
    {
        for (int y = 0; y < JpegFrame.BlockSide; y++)
        {
            for (int x = 0; x < y; x++) (block[y * JpegFrame.BlockSide + x], block[x * JpegFrame.BlockSide + y]) = (block[x * JpegFrame.BlockSide + y], block[y * JpegFrame.BlockSide + x]);
        }
    }

    public static void StoreSamples(short* columns, byte* destination, nint stride)
    {
        for (int y = 0; y < JpegFrame.BlockSide; y++)
        {
            for (int x = 0; x < JpegFrame.BlockSide; x++)
                destination[y * stride + x] = (byte)(Math.Clamp((int)columns[x * JpegFrame.BlockSide + y], sbyte.MinValue, sbyte.MaxValue) + 128);
        }
    }
}
