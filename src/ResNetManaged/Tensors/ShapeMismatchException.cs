namespace ResNetManaged.Tensors;

/// <summary>A tensor's shape is not the one that an operation, a layer or a caller expects.</summary>
public sealed class ShapeMismatchException : ArgumentException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">One line: the operation (with its module path, if any), the shape it got and the shape it expected.</param>
    public ShapeMismatchException(string message) : base(message) { }

    internal ShapeMismatchException(string message, Exception innerException) : base(message, innerException) { }
}
