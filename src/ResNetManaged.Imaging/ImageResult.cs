using System.Diagnostics.CodeAnalysis;
using ResNetManaged.Preprocessing;

namespace ResNetManaged.Imaging;

/// <summary>One image of a series: the network's result, or why the image could not be read.</summary>
/// <typeparam name="T">The type of the result.</typeparam>
public readonly struct ImageResult<T> where T : class
{
    internal ImageResult(string name, T? value, Exception? error) => (Name, Value, Error) = (name, value, error);

    /// <summary>The file's path, or the name of the <see cref="ImageSource"/>.</summary>
    public string Name { get; }

    /// <summary>The result; null if the image could not be read.</summary>
    public T? Value { get; }

    /// <summary>What went wrong, usually an <see cref="ImageException"/>; null if there is a result.</summary>
    public Exception? Error { get; }

    /// <summary>Whether there is a result.</summary>
    [MemberNotNullWhen(true, nameof(Value))]
    [MemberNotNullWhen(false, nameof(Error))]
    public bool Succeeded => Error is null;
}
