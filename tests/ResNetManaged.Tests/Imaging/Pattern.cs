using ResNetManaged.Preprocessing;

namespace ResNetManaged.Tests.Imaging;

/// <summary>Pixels computed by the same formula as in make_images.py.</summary>
internal static class Pattern
{
    public static RgbImage Image(int width, int height) => RgbImage.FromPixels(Bytes(width * height * 3), width, height, PixelFormat.Rgb24);

    public static byte[] Bytes(int count)
    {
        byte[] bytes = new byte[count];
        for (long i = 0; i < count; i++) bytes[i] = (byte)(i * i * 31 + i * 17 + (i >> 3) * 101);
        return bytes;
    }
}
