using ResNetManaged.Imaging;

namespace ResNetManaged.Serving;

/// <summary>The limits of a <see cref="ResNetService"/>.</summary>
public sealed class ResNetServiceOptions
{
    /// <summary>The maximum number of pictures waiting or being computed; further ones are refused with 503. At least 1, default 128.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int QueueLimit { get; init => field = AtLeast(1, value, nameof(QueueLimit)); } = 128;

    /// <summary>The largest batch, 1 to 16, since a network keeps the plans of 16 shapes. Default 8.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside 1 to 16.</exception>
    public int MaxBatch
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, 16, nameof(MaxBatch));
            field = AtLeast(1, value, nameof(MaxBatch));
        }
    } = 8;

    /// <summary>How long a batch waits to grow while more pictures are being decoded. Default 2 ms.</summary>
    public TimeSpan BatchDelay { get; init; } = TimeSpan.FromMilliseconds(2);

    /// <summary>The largest request body in bytes; larger ones are refused with 413. At least 1, default 16 MiB.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int MaxRequestBytes { get; init => field = AtLeast(1, value, nameof(MaxRequestBytes)); } = 16 << 20;

    /// <summary>The maximum memory of all request bodies together in bytes; requests beyond it are refused with 503. Default 256 MiB.</summary>
    public long MaxBodyMemory { get; init; } = 256 << 20;

    /// <summary>
    /// Limits on decoding. Pictures whose header claims more than <see cref="ImageFileOptions.PixelCap"/> pixels are refused with 413. Default 50
    /// million pixels.
    /// </summary>
    public ImageFileOptions Images { get; init; } = new() { PixelCap = 50_000_000 };

    /// <summary>The longest a request may take, from its headers to its response. Default 30 s.</summary>
    /// <remarks>A body that has not arrived by then is answered with 408; a picture that is still waiting, with 503.</remarks>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(30);

    private static int AtLeast(int minimum, int value, string name)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, minimum, name);
        return value;
    }
}
