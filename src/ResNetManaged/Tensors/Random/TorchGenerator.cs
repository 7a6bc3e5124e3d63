using System.Security.Cryptography;

namespace ResNetManaged.Tensors.Random;

/// <summary>PyTorch's CPU random generator: a seed produces the same numbers as <c>torch.manual_seed(seed)</c>.</summary>
/// <remarks>
/// MT19937 (Matsumoto and Nishimura 1998, with the initialization of 2002). Uniform numbers equal PyTorch's bit for bit. Normal ones differ by at
/// most a few units in the last place, because PyTorch approximates logarithm, sine and cosine in its vector path. Not thread-safe.
/// </remarks>
public sealed class TorchGenerator
{
    private const int StateLength = 624;
    private const int Shift = 397;
    private const int NormalBlock = 16; // PyTorch transforms uniforms to normals 16 at a time, in pairs 8 apart

    private readonly uint[] _state = new uint[StateLength];
    private int _next = StateLength;
    private double? _cachedNormal;

    /// <summary>Creates the generator.</summary>
    /// <param name="seed">The seed; as in PyTorch, only its low 32 bits are used.</param>
    public TorchGenerator(ulong seed)
    {
        _state[0] = (uint)seed;
        for (uint i = 1; i < StateLength; i++)
        {
            uint previous = _state[i - 1];
            _state[i] = 1812433253u * (previous ^ (previous >> 30)) + i;
        }
    }

    /// <summary>Creates a generator with a random seed, for weights that need not be reproducible.</summary>
    internal static TorchGenerator FromEntropy() => new(BitConverter.ToUInt32(RandomNumberGenerator.GetBytes(sizeof(uint))));

    /// <summary>The next 32 random bits.</summary>
    /// <returns>A number from 0 to 2^32 - 1.</returns>
    internal uint NextUInt32()
    {
        if (_next == StateLength) Refill();
        uint y = _state[_next++];
        y ^= y >> 11;
        y ^= (y << 7) & 0x9D2C5680u;
        y ^= (y << 15) & 0xEFC60000u;
        return y ^ (y >> 18);
    }

    /// <summary>Fills a span with uniform numbers in [from, to), one 32-bit draw each (<c>Tensor.uniform_</c>).</summary>
    /// <param name="destination">The span to fill.</param>
    /// <param name="from">The inclusive lower bound.</param>
    /// <param name="to">The exclusive upper bound.</param>
    internal void FillUniform(Span<float> destination, float from = 0f, float to = 1f)
    {
        float range = to - from;
        // As in PyTorch: the bounds and their difference are float32; scaling and shifting are done in double and rounded once.
        foreach (ref float value in destination) value = (float)((NextUInt32() & 0xFFFFFFu) * (1.0 / (1 << 24)) * range + from);
    }

    /// <summary>Fills a span with normally distributed numbers by the Box-Muller transform (<c>Tensor.normal_</c>).</summary>
    /// <param name="destination">The span to fill.</param>
    /// <param name="mean">The mean.</param>
    /// <param name="standardDeviation">The standard deviation.</param>
    internal void FillNormal(Span<float> destination, float mean = 0f, float standardDeviation = 1f)
    {
        if (destination.Length < NormalBlock)
        {
            foreach (ref float value in destination) value = (float)(NextNormal() * standardDeviation + mean);
            return;
        }

        FillUniform(destination);
        int whole = destination.Length / NormalBlock * NormalBlock;
        for (int i = 0; i < whole; i += NormalBlock) Transform(destination.Slice(i, NormalBlock), mean, standardDeviation);
        if (whole < destination.Length)
        {
            Span<float> last = destination[^NormalBlock..]; // redrawn, overlapping numbers that are already transformed
            FillUniform(last);
            Transform(last, mean, standardDeviation);
        }
    }

    private static void Transform(Span<float> block, float mean, float standardDeviation)
    {
        for (int j = 0; j < NormalBlock / 2; j++)
        {
            float u1 = 1f - block[j], u2 = block[j + NormalBlock / 2];
            float radius = MathF.Sqrt(-2f * MathF.Log(u1));
            (float sin, float cos) = MathF.SinCos(2f * MathF.PI * u2);
            block[j] = radius * cos * standardDeviation + mean;
            block[j + NormalBlock / 2] = radius * sin * standardDeviation + mean;
        }
    }

    /// <summary>One normal number in double; the transform produces two, and the second is kept for the next call.</summary>
    private double NextNormal()
    {
        if (_cachedNormal is double cached)
        {
            _cachedNormal = null;
            return cached;
        }
        double u1 = NextDouble(), u2 = NextDouble();
        double radius = Math.Sqrt(-2 * Math.Log(1 - u2));
        (double sin, double cos) = Math.SinCos(2 * Math.PI * u1);
        _cachedNormal = radius * sin;
        return radius * cos;
    }

    private double NextDouble()
    {
        ulong bits = ((ulong)NextUInt32() << 32) | NextUInt32();
        return (bits & ((1UL << 53) - 1)) * (1.0 / (1UL << 53));
    }

    private void Refill()
    {
        for (int i = 0; i < StateLength; i++)
        {
            uint y = (_state[i] & 0x80000000u) | (_state[(i + 1) % StateLength] & 0x7FFFFFFFu);
            _state[i] = _state[(i + Shift) % StateLength] ^ (y >> 1) ^ ((y & 1) != 0 ? 0x9908B0DFu : 0u);
        }
        _next = 0;
    }
}
