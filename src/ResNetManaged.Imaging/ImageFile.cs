using ResNetManaged.Imaging.Bmp;
using ResNetManaged.Imaging.Exif;
using ResNetManaged.Imaging.Gif;
using ResNetManaged.Imaging.Jpeg;
using ResNetManaged.Imaging.Png;
using ResNetManaged.Preprocessing;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.IO;

namespace ResNetManaged.Imaging;

/// <summary>Reads JPEG, PNG, BMP and GIF (first frame) files as PIL's <c>Image.open(file).convert("RGB")</c> does; writes PNG.</summary>
/// <remarks>
/// The format is detected from the content, not the name. As in torchvision's loaders, the EXIF orientation is not applied unless
/// <see cref="ImageFileOptions.Upright"/> asks for it, color profiles are ignored, and alpha is dropped. Thread-safe.
/// </remarks>
public static class ImageFile
{
    /// <summary>Reads a file.</summary>
    /// <param name="path">The file's path.</param>
    /// <param name="options">Limits; null for the defaults.</param>
    /// <returns>The image.</returns>
    /// <exception cref="ImageException">The file cannot be read, or is damaged, truncated, too large, or in an unsupported format.</exception>
    public static RgbImage Load(string path, ImageFileOptions? options = null)
    {
        return Open(path, file => LoadFile(file, path, options));
    }

    /// <summary>Reads a file as a network's input. Only what the preset's crop depends on is fully decoded, so this is faster than decoding everything.</summary>
    /// <remarks>The result equals <c>preset.Apply(ImageFile.Load(path, options))</c> bit for bit. Of a baseline JPEG file, only a few rows are in memory.</remarks>
    /// <param name="path">The file's path.</param>
    /// <param name="preset">How the image becomes the input.</param>
    /// <param name="options">Limits; null for the defaults.</param>
    /// <returns>A tensor [1, 3, H, W] with the height and width of the preset's crop.</returns>
    /// <exception cref="ImageException">The file cannot be read, or is damaged, truncated, too large, or in an unsupported format.</exception>
    public static Tensor LoadInput(string path, ImagePreset preset, ImageFileOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(preset);
        return Open(path, file => LoadInput(file, path, preset, options));
    }

    /// <summary>Reads a stream from its position to its end.</summary>
    /// <param name="stream">The stream; it stays open.</param>
    /// <param name="options">Limits; null for the defaults.</param>
    /// <returns>The image.</returns>
    /// <exception cref="ImageException">The stream cannot be read, or its content is damaged, truncated, too large, or in an unsupported format.</exception>
    public static RgbImage Load(Stream stream, ImageFileOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        string name = stream is FileStream file ? file.Name : "stream";
        try
        {
            return Load(stream, name, options);
        }
        catch (IOException e) when (e is not ImageException)
        {
            throw new ImageException(name, "cannot be read", e, ImageFailure.Unreadable);
        }
    }

    /// <summary>Reads an encoded image file in memory.</summary>
    /// <param name="content">The whole file.</param>
    /// <param name="options">Limits; null for the defaults.</param>
    /// <returns>The image.</returns>
    /// <exception cref="ImageException">The content is damaged, truncated, too large, or in an unsupported format.</exception>
    public static RgbImage Load(ReadOnlySpan<byte> content, ImageFileOptions? options = null) => Decode(content, "bytes", options);

    /// <summary>Encodes an image as a PNG file, 24 bits per pixel.</summary>
    /// <param name="image">The image.</param>
    /// <returns>The file's content.</returns>
    public static byte[] EncodePng(RgbImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        return PngEncoder.Encode(image);
    }

    /// <summary>Writes an image to a PNG file, completely or not at all.</summary>
    /// <param name="image">The image.</param>
    /// <param name="path">The file's path; an existing file is replaced.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">Access to the file is denied.</exception>
    public static void SavePng(RgbImage image, string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        byte[] content = EncodePng(image);
        AtomicFile.Write(path, stream => stream.Write(content));
    }

    /// <summary>Writes an image to a stream as PNG.</summary>
    /// <param name="image">The image.</param>
    /// <param name="stream">The stream; it stays open.</param>
    public static void SavePng(RgbImage image, Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        stream.Write(EncodePng(image));
    }

    /// <summary>Like <see cref="LoadInput(string, ImagePreset, ImageFileOptions?)"/>, of an encoded image file in memory.</summary>
    internal static Tensor LoadInput(ReadOnlySpan<byte> content, ImagePreset preset) => LoadInput(content, "bytes", preset, options: null);

    /// <summary>Like <see cref="LoadInput(string, ImagePreset, ImageFileOptions?)"/>, of an encoded image file in memory that has a name.</summary>
    internal static Tensor LoadInput(ReadOnlySpan<byte> content, string name, ImagePreset preset, ImageFileOptions? options)
    {
        if (options is { Upright: true } || !JpegDecoder.Recognizes(content)) return preset.Apply(Decode(content, name, options));
        try
        {
            return JpegDecoder.Apply(preset, content, PixelCap(options));
        }
        catch (InvalidImageException e)
        {
            throw Named(name, e);
        }
    }

    private static T Open<T>(string path, Func<FileStream, T> read)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            if (FileKind.IsNamedPipe(path)) throw new ImageException(path, "it is a named pipe", null, ImageFailure.Unreadable);
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            return read(file);
        }
        catch (Exception e) when (e is IOException and not ImageException or UnauthorizedAccessException)
        {
            string reason = e is FileNotFoundException or DirectoryNotFoundException ? "there is no such file"
                : Directory.Exists(path) ? "it is a folder" : "cannot be read";
            throw new ImageException(path, reason, e, ImageFailure.Unreadable);
        }
    }

    private static RgbImage LoadFile(FileStream file, string name, ImageFileOptions? options) => IsStreamable(file, options)
        ? Named(name, () => JpegDecoder.Decode(file, PixelCap(options)))
        : Load(file, name, options);

    private static Tensor LoadInput(FileStream file, string name, ImagePreset preset, ImageFileOptions? options) => IsStreamable(file, options)
        ? Named(name, () => JpegDecoder.Apply(preset, file, PixelCap(options)))
        : preset.Apply(Load(file, name, options));

    /// <summary>Whether a file can be decoded without having all of it in memory.</summary>
    private static bool IsStreamable(FileStream file, ImageFileOptions? options)
    {
        if (!file.CanSeek || options is { Upright: true }) return false;
        byte[] start = new byte[OtherFormat.SignatureLength];
        file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        file.Position = 0;
        return JpegDecoder.Recognizes(start);
    }

    private static long PixelCap(ImageFileOptions? options) => (options ?? new ImageFileOptions()).PixelCap;

    private static T Named<T>(string name, Func<T> decode)
    {
        try
        {
            return decode();
        }
        catch (InvalidImageException e)
        {
            throw Named(name, e);
        }
    }

    private static ImageException Named(string name, InvalidImageException e) => new(name, e.Message, e.InnerException, e.Failure);

    private static RgbImage Load(Stream stream, string name, ImageFileOptions? options)
    {
        byte[] start = new byte[OtherFormat.SignatureLength];
        int length = stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        using MemoryStream content = new(stream.CanSeek ? (int)Math.Min(length + stream.Length - stream.Position, Array.MaxLength) : length);
        content.Write(start, 0, length);
        if (IsKnown(start)) stream.CopyTo(content); // do not read on if the format is unknown: the stream may be endless
        return Decode(content.GetBuffer().AsSpan(0, (int)content.Length), name, options);
    }

    private static bool IsKnown(ReadOnlySpan<byte> start) => PngDecoder.Recognizes(start) || JpegDecoder.Recognizes(start)
        || GifDecoder.Recognizes(start) || BmpDecoder.Recognizes(start);

    internal static RgbImage Decode(ReadOnlySpan<byte> content, string name, ImageFileOptions? options)
    {
        try
        {
            if (content.IsEmpty) throw new InvalidImageException("it is empty");
            RgbImage image = Decode(content, PixelCap(options));
            return options is { Upright: true } ? ExifOrientation.Apply(image, ExifOrientation.Of(content)) : image;
        }
        catch (InvalidImageException e)
        {
            throw Named(name, e);
        }
    }

    private static RgbImage Decode(ReadOnlySpan<byte> content, long pixelCap)
    {
        if (PngDecoder.Recognizes(content)) return PngDecoder.Decode(content, pixelCap);
        if (JpegDecoder.Recognizes(content)) return JpegDecoder.Decode(content, pixelCap);
        if (GifDecoder.Recognizes(content)) return GifDecoder.Decode(content, pixelCap);
        return BmpDecoder.Recognizes(content) ? BmpDecoder.Decode(content, pixelCap) : throw OtherFormat.Describe(content);
    }
}
