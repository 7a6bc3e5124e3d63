using System.Threading.Channels;

namespace ResNetManaged.Imaging;

/// <summary>Results that several threads produce and one caller takes in the order of their places.</summary>
/// <param name="length">The most results, finished or not, that wait for the caller.</param>
internal sealed class Line<TResult>(int length) where TResult : class
{
    private readonly Channel<Task<TResult>> _places = Channel.CreateUnbounded<Task<TResult>>();
    private readonly SemaphoreSlim _room = new(length);

    /// <summary>Waits until the line has room for one more place.</summary>
    public Task Room(CancellationToken cancellationToken) => _room.WaitAsync(cancellationToken);

    /// <summary>Appends a place, after <see cref="Room"/>. Its result is set later; one that is never set ends with <see cref="End"/>.</summary>
    public TaskCompletionSource<TResult> Place()
    {
        TaskCompletionSource<TResult> place = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _places.Writer.TryWrite(place.Task);
        return place;
    }

    /// <summary>Ends the line after its last place, or with an error.</summary>
    public void End(Exception? error) => _places.Writer.TryComplete(error);

    /// <summary>The next result; null at the end.</summary>
    public async Task<TResult?> Next(CancellationToken cancellationToken)
    {
        if (!await _places.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false)) return null;
        _places.Reader.TryRead(out Task<TResult>? place);
        TResult result = await place!.WaitAsync(cancellationToken).ConfigureAwait(false);
        _room.Release();
        return result;
    }
}
