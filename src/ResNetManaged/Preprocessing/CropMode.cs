namespace ResNetManaged.Preprocessing;

/// <summary>How an image of any aspect ratio becomes the network's input; the names are timm's.</summary>
public enum CropMode
{
    /// <summary>Resize the shorter side, keeping the aspect ratio, and crop the center: the ends of the longer side are lost.</summary>
    Center,

    /// <summary>Resize both sides, which distorts, and crop the center.</summary>
    Squash,

    /// <summary>Resize the longer side, keeping the aspect ratio, and crop the center; the rest is padded with the mean color.</summary>
    Border,
}
