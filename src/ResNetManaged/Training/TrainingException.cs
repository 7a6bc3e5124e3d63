namespace ResNetManaged.Training;

/// <summary>Training cannot continue because the loss, a gradient or a weight is no longer finite.</summary>
public sealed class TrainingException : Exception
{
    /// <summary>Creates the exception without a message.</summary>
    public TrainingException() { }

    /// <summary>Creates the exception with a message.</summary>
    /// <param name="message">What happened, where, and how to avoid it.</param>
    public TrainingException(string message) : base(message) { }

    /// <summary>Creates the exception with a message and its cause.</summary>
    /// <param name="message">What happened, where, and how to avoid it.</param>
    /// <param name="innerException">The cause.</param>
    public TrainingException(string message, Exception? innerException) : base(message, innerException) { }
}
