using ResNetManaged.Preprocessing;
using System.Diagnostics.CodeAnalysis;

namespace ResNetManaged.Imaging;

/// <summary>One image of a series: what a network made of it, or why it could not be read.</summary>
/// <typeparam name="T">What a network makes of an image.</typeparam>
/// <param name="Name">The path of its file, or the name of its <see cref="ImageSource"/>.</param>
/// <param name="Value">The result; null where the image could not be read.</param>
/// <param name="Error">What went wrong, mostly an <see cref="ImageException"/>; null where there is a result.</param>
public readonly record struct ImageResult<T>(string Name, T? Value, Exception? Error) where T : class
{
    /// <summary>Whether there is a result.</summary>
    [MemberNotNullWhen(true, nameof(Value))]
    [MemberNotNullWhen(false, nameof(Error))]
    public bool Succeeded => Error is null;
}
