namespace ResNetManaged.Tests.Support;

/// <summary>Reproducible random numbers for tests.</summary>
internal static class Numbers
{
    /// <summary>Numbers in [-1, 1).</summary>
    public static float[] Random(int count, int seed)
    {
        Random random = new(seed);
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) numbers[i] = random.NextSingle() * 2 - 1;
        return numbers;
    }
}
