namespace ResNetManaged.Tensors;

/// <summary>A tensor's shape is not what an operation, a layer or a caller needs.</summary>
/// <remarks>The message names the operation (with its module path where it has one), what it got and what it expected.</remarks>
public sealed class ShapeMismatchException : ArgumentException
{
    /// <summary>Creates the exception without a message.</summary>
    public ShapeMismatchException() { }

    /// <summary>Creates the exception with a message.</summary>
    /// <param name="message">The operation, what it got, what it expected.</param>
    public ShapeMismatchException(string message) : base(message) { }

    /// <summary>Creates the exception with a message and its cause.</summary>
    /// <param name="message">The operation, what it got, what it expected.</param>
    /// <param name="innerException">The cause.</param>
    public ShapeMismatchException(string message, Exception innerException) : base(message, innerException) { }
}
