using ResNetManaged.Tensors;

namespace ResNetManaged.Tests.Support;

/// <summary>Padding for tests: equal on opposite sides, as in PyTorch, or independent on each side.</summary>
internal static class RandomPadding
{
    /// <summary>Padding of at most the given rows at the top and bottom and columns at the left and right.</summary>
    public static Padding2D Next(Random random, int mostRows, int mostColumns)
    {
        int top = random.Next(mostRows + 1), left = random.Next(mostColumns + 1);
        return random.Next(2) == 0
            ? new Padding2D(top, left, top, left)
            : new Padding2D(top, left, random.Next(mostRows + 1), random.Next(mostColumns + 1));
    }
}
