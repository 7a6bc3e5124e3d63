namespace ResNetManaged.Tensors.Random;

/// <summary>
/// A counter-based random generator: its numbers depend only on the seed and the position in the run, not on threads or on where the run was resumed.
/// </summary>
/// <remarks>
/// Philox4x32-10 of Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3" (2011). The seed is the key; the position is three
/// words of the counter, and the fourth counts the blocks drawn there. Creating a generator is cheap. Not thread-safe: each sample has its own.
/// </remarks>
public sealed class PhiloxGenerator
{
    private const int Rounds = 10;
    private const int BlockLength = 4;

    private readonly ulong _seed;
    private readonly uint _stream, _epoch, _index;
    private (uint X, uint Y, uint Z, uint W) _block;
    private uint _blocks;
    private int _next = BlockLength;

    /// <summary>Creates the generator at the start of a position.</summary>
    /// <param name="seed">The seed of the run.</param>
    /// <param name="stream">The purpose of the numbers; different streams are independent.</param>
    /// <param name="epoch">The pass over the data.</param>
    /// <param name="index">The item.</param>
    public PhiloxGenerator(ulong seed, uint stream = 0, uint epoch = 0, uint index = 0) => (_seed, _stream, _epoch, _index) = (seed, stream, epoch, index);

    /// <summary>The next 32 random bits.</summary>
    /// <returns>A number from 0 to 2^32 - 1.</returns>
    internal uint NextUInt32()
    {
        if (_next == BlockLength)
        {
            _block = Block((_blocks++, _index, _epoch, _stream), _seed);
            _next = 0;
        }
        return _next++ switch { 0 => _block.X, 1 => _block.Y, 2 => _block.Z, _ => _block.W };
    }

    /// <summary>The next uniform number in [0, 1), a multiple of 2^-53.</summary>
    /// <returns>The number.</returns>
    public double NextDouble()
    {
        ulong high = NextUInt32();
        return (((high << 32) | NextUInt32()) >> 11) * (1.0 / (1UL << 53));
    }

    /// <summary>The next uniform number in [from, to).</summary>
    /// <param name="from">The lower bound.</param>
    /// <param name="to">The upper bound.</param>
    /// <returns>The number.</returns>
    public double NextDouble(double from, double to) => from + (to - from) * NextDouble();

    /// <summary>The next uniform integer below a bound, without bias.</summary>
    /// <remarks>
    /// Lemire, "Fast random integer generation in an interval" (2019): the high word of a product, redrawn where it would be biased.
    /// </remarks>
    /// <param name="bound">The bound, at least 1.</param>
    /// <returns>A number from 0 to <paramref name="bound"/> - 1.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The bound is below 1.</exception>
    public int NextInt32(int bound)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bound);
        uint biased = unchecked((uint)-bound) % (uint)bound; // 2^32 modulo the bound: the number of low words to reject
        ulong product;
        do product = (ulong)NextUInt32() * (uint)bound;
        while ((uint)product < biased);
        return (int)(product >> 32);
    }

    /// <summary>The next normally distributed number, with mean 0 and standard deviation 1, by the Box-Muller transform.</summary>
    /// <returns>The number.</returns>
    public double NextNormal()
    {
        double radius = Math.Sqrt(-2 * Math.Log(1 - NextDouble()));
        return radius * Math.Cos(2 * Math.PI * NextDouble());
    }

    /// <summary>The next number in [0, 1] of the Beta(a, b) distribution.</summary>
    /// <remarks>X / (X + Y) of two gamma variables, computed from their logarithms because both underflow for small parameters.</remarks>
    /// <param name="a">The first parameter, above 0.</param>
    /// <param name="b">The second parameter, above 0.</param>
    /// <returns>The number.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A parameter is not above 0.</exception>
    internal double NextBeta(double a, double b)
    {
        ThrowUnlessPositive(a, nameof(a));
        ThrowUnlessPositive(b, nameof(b));
        double x = NextLogGamma(a), y = NextLogGamma(b);
        return 1 / (1 + Math.Exp(y - x));
    }

    /// <summary>Shuffles items uniformly (Fisher and Yates; Durstenfeld 1964).</summary>
    /// <typeparam name="T">The items' type.</typeparam>
    /// <param name="items">The items.</param>
    internal void Shuffle<T>(Span<T> items)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            int j = NextInt32(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    /// <summary>One block of the cipher.</summary>
    internal static (uint X, uint Y, uint Z, uint W) Block((uint X, uint Y, uint Z, uint W) counter, ulong key)
    {
        uint key0 = (uint)key, key1 = (uint)(key >> 32);
        for (int round = 0; round < Rounds; round++)
        {
            ulong first = 0xD2511F53UL * counter.X, second = 0xCD9E8D57UL * counter.Z;
            counter = ((uint)(second >> 32) ^ counter.Y ^ key0, (uint)second, (uint)(first >> 32) ^ counter.W ^ key1, (uint)first);
            unchecked
            {
                key0 += 0x9E3779B9u; // the golden ratio
                key1 += 0xBB67AE85u; // the square root of 3, less 1
            }
        }
        return counter;
    }

    /// <summary>The logarithm of the next gamma variable: Marsaglia and Tsang, "A simple method for generating gamma variables" (2000).</summary>
    private double NextLogGamma(double shape)
    {
        if (shape < 1) return Math.Log(1 - NextDouble()) / shape + NextLogGamma(shape + 1);
        double d = shape - 1.0 / 3, c = 1 / Math.Sqrt(9 * d);
        while (true)
        {
            double x = NextNormal(), root = 1 + c * x;
            if (root <= 0) continue;
            double logV = 3 * Math.Log(root);
            if (Math.Log(1 - NextDouble()) < 0.5 * x * x + d * (1 - Math.Exp(logV) + logV)) return Math.Log(d) + logV;
        }
    }

    private static void ThrowUnlessPositive(double value, string name)
    {
        if (!(value > 0)) throw new ArgumentOutOfRangeException(name, value, "PhiloxGenerator.NextBeta: expected a parameter above 0.");
    }
}
