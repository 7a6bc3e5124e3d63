namespace ResNetManaged.Pretrained.Storage;

/// <summary>Keeps a file for one download at a time, across threads and processes. The system releases the lock of a process that ends.</summary>
internal sealed class FileLock : IDisposable
{
    private const string Extension = ".lock";
    private const int TakenOnWindows = unchecked((int)0x80070020), TakenOnLinux = 11, TakenOnMac = 35; // ERROR_SHARING_VIOLATION, EWOULDBLOCK

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private readonly FileStream _stream;

    private FileLock(FileStream stream) => _stream = stream;

    /// <summary>Waits until no other download has the file.</summary>
    /// <param name="path">The file that is downloaded.</param>
    /// <param name="notify">Tells the user that the download waits.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public static async Task<FileLock> AcquireAsync(string path, Action<string> notify, CancellationToken cancellation)
    {
        for (bool waiting = false; ; waiting = true)
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                return new FileLock(new FileStream(path + Extension, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1));
            }
            catch (IOException exception) when (exception.HResult is TakenOnWindows or TakenOnLinux or TakenOnMac)
            {
                if (!waiting) notify($"another process is downloading '{path}'; waiting for it");
            }
            await Task.Delay(Interval, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Removes the lock file while it is still held. A process that has opened it meanwhile finds the finished file, or a part that is in use.
    /// </summary>
    public void Dispose()
    {
        string path = _stream.Name;
        try
        {
            if (!OperatingSystem.IsWindows()) File.Delete(path);
            _stream.Dispose();
            if (OperatingSystem.IsWindows()) File.Delete(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            _stream.Dispose(); // another process has opened it already, and will remove it
        }
    }
}
