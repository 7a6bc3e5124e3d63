using ResNetManaged.Preprocessing;

namespace ResNetManaged.Imaging;

/// <summary>Formats that are not read but often carry another format's name, for better messages.</summary>
internal static class OtherFormat
{
    /// <summary>The bytes that <see cref="Describe"/> needs.</summary>
    public const int SignatureLength = 12;

    /// <summary>Extensions of picture files that are not read.</summary>
    private static readonly string[] Extensions =
        [".webp", ".tif", ".tiff", ".avif", ".heic", ".heif", ".jp2", ".jxl", ".ppm", ".pgm", ".pbm", ".tga", ".ico", ".svg"];

    /// <summary>Whether a file's name has the extension of a picture that is not read.</summary>
    public static bool IsNamed(ReadOnlySpan<char> name)
    {
        ReadOnlySpan<char> extension = Path.GetExtension(name);
        foreach (string known in Extensions)
        {
            if (extension.Equals(known, StringComparison.OrdinalIgnoreCase)) return true;
        }
        return false;
    }

    /// <summary>The error for a file that is none of the formats that are read.</summary>
    public static InvalidImageException Describe(ReadOnlySpan<byte> content)
    {
        const string Expected = "a JPEG, PNG, BMP or GIF file";
        return new InvalidImageException(
            NameOf(content) is string name ? $"it is {(name == "AVIF" ? "an" : "a")} {name} file; expected {Expected}" : $"it is not {Expected}", ImageFailure.UnknownFormat);
    }

    private static string? NameOf(ReadOnlySpan<byte> content)
    {
        if (content.Length < SignatureLength) return null;
        ReadOnlySpan<byte> second = content[4..8], third = content[8..12];
        if (content.StartsWith("RIFF"u8) && third.SequenceEqual("WEBP"u8)) return "WebP";
        if (content.StartsWith("II*\0"u8) || content.StartsWith("MM\0*"u8)) return "TIFF";
        if (second.SequenceEqual("ftyp"u8)) return third.SequenceEqual("avif"u8) ? "AVIF" : third.StartsWith("he"u8) || third.SequenceEqual("mif1"u8) ? "HEIF" : "video";
        if (second.SequenceEqual("jP  "u8)) return "JPEG 2000";
        if (second.SequenceEqual("JXL "u8) || content.StartsWith((ReadOnlySpan<byte>)[0xFF, 0x0A])) return "JPEG XL";
        if (content.StartsWith("%PDF"u8)) return "PDF";
        return content.StartsWith("PK\x03\x04"u8) ? "zip" : null;
    }
}
