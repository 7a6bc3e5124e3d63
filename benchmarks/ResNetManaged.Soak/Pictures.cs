using System.Buffers.Binary;

namespace ResNetManaged.Soak;

/// <summary>The request bodies that clients send.</summary>
internal sealed class Pictures
{
    private const int Oversize = (16 << 20) + 1; // one byte more than the server accepts

    private Pictures(IReadOnlyList<byte[]> good) => Good = good;

    /// <summary>A JPEG photograph, and BMP noise in other sizes.</summary>
    public IReadOnlyList<byte[]> Good { get; }

    public byte[] Text { get; } = [.. Enumerable.Repeat("This is not a picture. "u8.ToArray(), 500).SelectMany(text => text)];

    public byte[] Oversized { get; } = new byte[Oversize];

    /// <summary>A small file whose header claims 60,000 x 60,000 pixels.</summary>
    public byte[] Huge { get; } = Bmp(32, 32, claimedSide: 60_000);

    public static Pictures Create(string photograph, int seed)
    {
        byte[] wide = Bmp(640, 400), small = Bmp(32, 32);
        Random random = new(seed);
        foreach (byte[] noise in new[] { wide, small }) random.NextBytes(noise.AsSpan(54));
        return new Pictures([File.ReadAllBytes(photograph), wide, small]);
    }

    private static byte[] Bmp(int width, int height, int? claimedSide = null)
    {
        byte[] file = new byte[54 + height * ((width * 3 + 3) / 4 * 4)];
        (file[0], file[1], file[10], file[14], file[26], file[28]) = ((byte)'B', (byte)'M', 54, 40, 1, 24);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(2), file.Length);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(18), claimedSide ?? width);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(22), claimedSide ?? height);
        return file;
    }
}
