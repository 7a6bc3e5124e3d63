using ResNetManaged.Tensors;

namespace ResNetManaged.Tests.Support;

/// <summary>Padding for tests: the same on opposite sides, as PyTorch has it, or any on each side.</summary>
internal static class RandomPadding
{
    /// <summary>Padding of at most so many rows above and below and columns to the left and right.</summary>
    public static Padding2D Next(Random random, int mostRows, int mostColumns)
    {
        int top = random.Next(mostRows + 1), left = random.Next(mostColumns + 1);
        return random.Next(2) == 0
            ? new Padding2D(top, left, top, left)
            : new Padding2D(top, left, random.Next(mostRows + 1), random.Next(mostColumns + 1));
    }
}
