namespace ResNetManaged.Pretrained.Transfer;

/// <summary>A request failed in a way that another attempt may not.</summary>
/// <param name="failure">What it is if every attempt fails.</param>
/// <param name="message">What happened, as a sentence without its period.</param>
/// <param name="retryAfter">How long the server asks to wait; null if it does not.</param>
/// <param name="innerException">The cause, if there is one.</param>
internal sealed class TransientException(PretrainedFailure failure, string message, TimeSpan? retryAfter = null, Exception? innerException = null)
    : Exception(message, innerException)
{
    public PretrainedFailure Failure { get; } = failure;

    public TimeSpan? RetryAfter { get; } = retryAfter;

    /// <summary>Whether no server was reached, so that more than a few attempts are unlikely to help.</summary>
    public bool IsUnreachable { get; init; }
}
