namespace ResNetManaged.Training;

/// <summary>Training cannot continue because the loss, a gradient or a weight is no longer finite.</summary>
public sealed class TrainingException : Exception
{
    internal TrainingException(string message, Exception? innerException = null) : base(message, innerException) { }
}
