using System.Globalization;

namespace ResNetManaged.Pretrained.Storage;

/// <summary>Checks of the space for a file.</summary>
internal static class DiskSpace
{
    private const int FullOnWindows = unchecked((int)0x80070070), FullOnUnix = 28; // ERROR_DISK_FULL, ENOSPC

    /// <summary>Checks that a folder's disk has room.</summary>
    /// <exception cref="PretrainedException">It has not.</exception>
    public static void Require(PretrainedOptions options, string path, long bytes)
    {
        long free = options.FreeBytes is { } measure ? measure(path) : Free(path);
        if (free >= bytes) return;
        throw new PretrainedException(PretrainedFailure.Storage, string.Create(CultureInfo.InvariantCulture,
            $"'{path}' needs {bytes} more bytes, and its disk has {free} bytes free"));
    }

    /// <summary>The error for a file that cannot be written.</summary>
    public static PretrainedException Failure(string path, Exception exception) => new(PretrainedFailure.Storage,
        $"'{path}' cannot be written: {(exception.HResult is FullOnWindows or FullOnUnix ? "the disk is full" : exception.Message)}", exception);

    private static long Free(string path)
    {
        try
        {
            return new DriveInfo(Path.GetFullPath(path)).AvailableFreeSpace;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return long.MaxValue; // a network folder may not tell; then writing decides
        }
    }
}
