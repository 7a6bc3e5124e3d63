using ResNetManaged.Imaging;

namespace ResNetManaged.Serving;

/// <summary>The limits of a <see cref="ResNetService"/>.</summary>
public sealed record ResNetServiceOptions
{
    /// <summary>Requests that may wait or be computed at a time; further ones are refused with 503. At least 1, default 128.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is below 1.</exception>
    public int QueueLimit { get; init => field = AtLeast(1, value, nameof(QueueLimit)); } = 128;

    /// <summary>The most pictures that are computed in one batch, 1 to 16, since a network keeps the plans of 16 shapes. Default 8.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is outside 1 to 16.</exception>
    public int MaxBatch
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, 16, nameof(MaxBatch));
            field = AtLeast(1, value, nameof(MaxBatch));
        }
    } = 8;

    /// <summary>How long a batch waits to grow while further pictures are being decoded. Default 2 ms.</summary>
    public TimeSpan BatchDelay { get; init; } = TimeSpan.FromMilliseconds(2);

    /// <summary>The largest request body in bytes; larger ones are refused with 413. At least 1, default 16 MiB.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is below 1.</exception>
    public int MaxRequestBytes { get; init => field = AtLeast(1, value, nameof(MaxRequestBytes)); } = 16 << 20;

    /// <summary>Bytes of all request bodies in memory together; requests beyond them are refused with 503. Default 256 MiB.</summary>
    public long MaxBodyMemory { get; init; } = 256 << 20;

    /// <summary>The most pixels that are decoded; larger pictures are refused by their header with 413. Default 50 million.</summary>
    public ImageFileOptions Images { get; init; } = new() { PixelCap = 50_000_000 };

    /// <summary>The longest that a request may take, from its first byte to its answer. Default 30 s.</summary>
    /// <remarks>A body that has not arrived by then is answered with 408, a picture that still waits with 503.</remarks>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(30);

    private static int AtLeast(int minimum, int value, string name)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, minimum, name);
        return value;
    }
}
