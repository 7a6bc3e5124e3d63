using System.Globalization;
using System.Security.Cryptography;

namespace ResNetManaged.Pretrained.Transfer;

/// <summary>Counts attempts without anything new, and pauses between them.</summary>
internal sealed class Retries(PretrainedOptions options, Action<string> notify)
{
    private const int JitterSteps = 1000, AttemptsToReach = 3;

    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestRetryAfter = TimeSpan.FromMinutes(5);

    private int _failed;

    /// <summary>Runs a request until it succeeds or the attempts are used up.</summary>
    public static async Task<T> RunAsync<T>(PretrainedOptions options, Action<string> notify, Func<Task<T>> request, CancellationToken cancellation)
    {
        Retries retries = new(options, notify);
        while (true)
        {
            try
            {
                return await request().ConfigureAwait(false);
            }
            catch (TransientException exception)
            {
                await retries.PauseAsync(exception, cancellation).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Something new has arrived: the attempts count from zero again.</summary>
    public void Restart() => _failed = 0;

    /// <summary>
    /// Waits before the next attempt: exponentially longer, with up to half as much again at random, and at least as long as the server asks.
    /// </summary>
    /// <exception cref="PretrainedException">This was the last attempt, or the server asks to wait too long.</exception>
    public async Task PauseAsync(TransientException exception, CancellationToken cancellation)
    {
        if (exception.RetryAfter > LongestRetryAfter)
        {
            throw new PretrainedException(exception.Failure, string.Create(CultureInfo.InvariantCulture,
                $"{exception.Message} and asks to wait {exception.RetryAfter.Value.TotalSeconds:F0} s; try again then"), exception);
        }
        int attempts = exception.IsUnreachable ? Math.Min(options.Attempts, AttemptsToReach) : options.Attempts;
        if (++_failed >= attempts)
        {
            string count = _failed == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $", {_failed} times in a row");
            throw new PretrainedException(exception.Failure, exception.Message + count, exception);
        }
        double jitter = 1 + RandomNumberGenerator.GetInt32(JitterSteps) / (2.0 * JitterSteps);
        double seconds = Math.Min(options.RetryDelay.TotalSeconds * Math.Pow(2, _failed - 1), LongestPause.TotalSeconds) * jitter;
        TimeSpan pause = TimeSpan.FromSeconds(Math.Max(seconds, exception.RetryAfter?.TotalSeconds ?? 0));
        notify(string.Create(CultureInfo.InvariantCulture, $"{exception.Message}; trying again in {pause.TotalSeconds:F1} s"));
        await Task.Delay(pause, cancellation).ConfigureAwait(false);
    }
}
