using ResNetManaged.Preprocessing;

namespace ResNetManaged.Serving;

/// <summary>Pictures brought to a size for people to look at.</summary>
internal static class SmallPicture
{
    /// <summary>A picture with its longer side brought to at most so many pixels; the picture itself where it is not longer.</summary>
    public static RgbImage Of(RgbImage image, int side)
    {
        int longer = Math.Max(image.Width, image.Height);
        return longer <= side ? image : PilResize.Resize(image, Scaled(image.Width), Scaled(image.Height));

        int Scaled(int length) => (int)Math.Max(1, (long)length * side / longer);
    }
}
