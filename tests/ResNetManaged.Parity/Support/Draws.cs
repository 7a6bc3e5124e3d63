using System.Globalization;
using NUnit.Framework;
using ResNetManaged.Tensors;

namespace ResNetManaged.Parity.Support;

/// <summary>Random geometries and numbers, different in every run; each test prints the seed that reproduces them.</summary>
internal sealed class Draws
{
    /// <summary>How many random cases a test tries.</summary>
    public const int Cases = 200;

    private const string SeedVariable = "RESNETMANAGED_PARITY_SEED";

    private static readonly int Seed =
        int.TryParse(Environment.GetEnvironmentVariable(SeedVariable), CultureInfo.InvariantCulture, out int given)
            ? given
            : Random.Shared.Next();

    private readonly Random _random = new(Seed);

    public Draws() => TestContext.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{SeedVariable}={Seed} reproduces this test"));

    /// <summary>From <paramref name="smallest"/> to <paramref name="largest"/>, inclusive.</summary>
    public int Int(int smallest, int largest) => _random.Next(smallest, largest + 1);

    public bool Bool() => _random.Next(2) == 0;

    public T OneOf<T>(params ReadOnlySpan<T> values) => values[_random.Next(values.Length)];

    /// <summary>A size whose sides are drawn independently.</summary>
    public Size2D Size(int smallest, int largest) => (Int(smallest, largest), Int(smallest, largest));

    /// <summary>Padding of at most the given rows and columns per side; opposite sides are equal in half of the draws.</summary>
    public Padding2D Padding(int mostRows, int mostColumns)
    {
        int top = Int(0, mostRows), left = Int(0, mostColumns);
        return Bool() ? (top, left) : new Padding2D(top, left, Int(0, mostRows), Int(0, mostColumns));
    }

    /// <summary>Numbers in [from, to).</summary>
    public Tensor Numbers(Shape shape, float from = -1f, float to = 1f)
    {
        Tensor tensor = Tensor.Zeros(shape);
        foreach (ref float value in tensor.Span) value = from + (to - from) * _random.NextSingle();
        return tensor;
    }

    /// <summary>Numbers, one in ten of which is a zero of either sign, an infinity or NaN.</summary>
    public Tensor NumbersAndSpecials(Shape shape)
    {
        Tensor tensor = Numbers(shape);
        foreach (ref float value in tensor.Span)
        {
            if (_random.Next(10) == 0) value = OneOf(0f, -0f, float.PositiveInfinity, float.NegativeInfinity, float.NaN);
        }
        return tensor;
    }
}
