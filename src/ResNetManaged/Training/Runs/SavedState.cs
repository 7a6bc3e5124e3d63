using ResNetManaged.Layers.State;
using ResNetManaged.Tensors;

namespace ResNetManaged.Training.Runs;

/// <summary>Checks and copies saved state; stores counts as tensors.</summary>
internal static class SavedState
{
    private const long Digit = 1 << 24; // float32 holds every whole number up to here

    /// <summary>A count as two whole numbers: the multiples of 2^24, and the rest.</summary>
    public static Tensor OfCount(long count) => Tensor.FromArray([count / Digit, count % Digit], [2]);

    /// <summary>Reads a count.</summary>
    /// <exception cref="StateDictMismatchException">The tensor is not a count.</exception>
    public static long ToCount(string owner, StateDict state, string name)
    {
        ReadOnlySpan<float> digits = state[name].ReadOnlySpan;
        return IsDigit(digits[0]) && IsDigit(digits[1])
            ? (long)digits[0] * Digit + (long)digits[1]
            : throw new StateDictMismatchException(
                $"'{state.Source}' does not fit {owner}: '{name}' is [{digits[0]}, {digits[1]}]; expected whole numbers from 0 to {Digit - 1}.");
    }

    /// <summary>Checks that a state has exactly the expected names and shapes.</summary>
    /// <exception cref="StateDictMismatchException">It does not.</exception>
    public static void Check(string owner, StateDict state, StateDict expected)
    {
        ArgumentNullException.ThrowIfNull(state);
        List<string> missing = [], misshaped = [];
        foreach ((string name, Tensor target) in expected)
        {
            if (!state.TryGetValue(name, out Tensor? source)) missing.Add(name);
            else if (source.Shape != target.Shape) misshaped.Add($"'{name}' has shape {source.Shape}; expected {target.Shape}");
        }
        StateDictDifference difference = new(missing, [.. state.Keys.Where(name => !expected.ContainsKey(name))]);
        if (misshaped.Count > 0 || !difference.IsEmpty) throw new StateDictMismatchException(state.Source, owner, misshaped, difference);
    }

    /// <summary>
    /// Copies the elements of every tensor into the tensor with the same name. All are read before any is written, so an unreadable one changes
    /// nothing.
    /// </summary>
    public static void Copy(StateDict source, StateDict target)
    {
        foreach (Tensor tensor in source.Values) _ = tensor.ReadOnlySpan;
        foreach ((string name, Tensor tensor) in target) source[name].ReadOnlySpan.CopyTo(tensor.Span);
    }

    private static bool IsDigit(float value) => value is >= 0 and < Digit && value == MathF.Floor(value);
}
