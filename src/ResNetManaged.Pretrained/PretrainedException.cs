namespace ResNetManaged.Pretrained;

/// <summary>A network could not be fetched. The message is one sentence that names the file or address, and what is wrong with it.</summary>
public sealed class PretrainedException : Exception
{
    internal PretrainedException(PretrainedFailure failure, string message, Exception? innerException = null) : base(message, innerException) =>
        Failure = failure;

    /// <summary>The kind of failure.</summary>
    public PretrainedFailure Failure { get; }
}
