using ResNetManaged.Preprocessing;

namespace ResNetManaged.Serving;

/// <summary>Scales pictures down for display.</summary>
internal static class SmallPicture
{
    /// <summary>Scales a picture so its longer side is at most <paramref name="side"/> pixels; returns the picture itself if it already is.</summary>
    public static RgbImage Of(RgbImage image, int side)
    {
        int longer = Math.Max(image.Width, image.Height);
        return longer <= side ? image : image.Resize(Scaled(image.Width), Scaled(image.Height));

        int Scaled(int length) => (int)Math.Max(1, (long)length * side / longer);
    }
}
