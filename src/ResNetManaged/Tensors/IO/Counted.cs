namespace ResNetManaged.Tensors.IO;

/// <summary>Numbers of things in messages.</summary>
internal static class Counted
{
    /// <summary>A number and its noun: <c>1 tensor</c>, <c>2 tensors</c>.</summary>
    /// <param name="count">The number.</param>
    /// <param name="noun">The noun for one.</param>
    /// <param name="ending">What makes it the noun for several.</param>
    public static string Of(long count, string noun, string ending = "s") => FormattableString.Invariant($"{count} {noun}{(count == 1 ? "" : ending)}");

    /// <summary>A number of classes.</summary>
    public static string Classes(int count) => Of(count, "class", "es");
}
