using ResNetManaged.Tensors;

namespace ResNetManaged.Graphs.Operations;

/// <summary>Identifies a node in error messages: <c>Conv2d 'layer2.0.conv1'</c>.</summary>
/// <param name="Operation">The operation's name.</param>
/// <param name="ModulePath">The path of its module; empty for the root.</param>
internal readonly record struct NodeLabel(string Operation, string ModulePath)
{
    public override string ToString() => ModulePath.Length == 0 ? Operation : $"{Operation} '{ModulePath}'";

    /// <summary>The sizes of an input <c>[N, C, H, W]</c>; throws an error that states the shape if it has another rank.</summary>
    public (int N, int C, int H, int W) Images(Shape input) => input.Rank == 4
        ? (input[0], input[1], input[2], input[3])
        : throw Mismatch($"input {input} has {input.Rank} dimensions; expected 4, [N, C, H, W].");

    /// <summary>The dimension at <paramref name="index"/>, which may count from the end.</summary>
    public int Dimension(Shape input, int index) => index >= -input.Rank && index < input.Rank
        ? (index + input.Rank) % input.Rank
        : throw Mismatch($"input {input} has no dimension {index}.");

    /// <summary>The shape of an output; throws if it has more elements than an array can hold.</summary>
    public Shape Output(params ReadOnlySpan<int> dimensions) => Shape.CountElements(dimensions) is not null
        ? Shape.Create(dimensions)
        : throw Mismatch($"the output would be [{string.Join(", ", dimensions.ToArray())}], more elements than an array can hold ({Array.MaxLength}).");

    /// <summary>Runs a rule about sizes; its errors start with this label.</summary>
    public T Compute<T>(Func<T> rule)
    {
        try
        {
            return rule();
        }
        catch (ShapeMismatchException error)
        {
            throw new ShapeMismatchException($"{this}: {error.Message}", error);
        }
    }

    /// <summary>The error for shapes that do not fit; it starts with this label.</summary>
    public ShapeMismatchException Mismatch(string gotAndExpected) => new($"{this}: {gotAndExpected}");
}
