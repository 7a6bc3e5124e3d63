using System.Globalization;

namespace ResNetManaged.Benchmarks.FirstAnswer;

/// <summary>What one process took.</summary>
/// <param name="Loaded">Milliseconds from its first line until the file was loaded.</param>
/// <param name="Answered">Milliseconds from its first line until the first output.</param>
/// <param name="PeakMebibytes">The process's largest resident memory.</param>
internal readonly record struct FirstAnswerTimes(double Loaded, double Answered, double PeakMebibytes)
{
    /// <summary>Reads what <see cref="Compose"/> wrote.</summary>
    public static FirstAnswerTimes Parse(string line)
    {
        double[] values = [.. line.Split(' ').Select(value => double.Parse(value, CultureInfo.InvariantCulture))];
        return new FirstAnswerTimes(values[0], values[1], values[2]);
    }

    /// <summary>The three numbers as a line.</summary>
    public string Compose() => FormattableString.Invariant($"{Loaded} {Answered} {PeakMebibytes}");
}
