using System.Globalization;
using ResNetManaged.Inference;

namespace ResNetManaged.Cli.Output;

/// <summary>Prints which classes a network confuses: the whole matrix if it fits on a screen, else the most frequent mistakes.</summary>
internal static class ConfusionTable
{
    private const int MostClassesInMatrix = 20;
    private const int PairsShown = 10;

    public static void Write(TextWriter output, ClassificationMetrics metrics, IReadOnlyList<string>? classNames)
    {
        if (metrics.Classes <= MostClassesInMatrix) WriteMatrix(output, metrics, classNames);
        else WritePairs(output, metrics, classNames);
    }

    private static void WriteMatrix(TextWriter output, ClassificationMetrics metrics, IReadOnlyList<string>? classNames)
    {
        int[] classes = [.. Enumerable.Range(0, metrics.Classes)];
        int largest = classes.Max(actual => classes.Max(predicted => metrics[actual, predicted]));
        int width = Math.Max(Text(largest).Length, Text(metrics.Classes - 1).Length) + 1;
        int nameWidth = classes.Max(index => Name(index, classNames).Length);

        output.WriteLine("confusion matrix: one row per label, one column per predicted class");
        output.WriteLine(new string(' ', nameWidth) + string.Concat(classes.Select(predicted => Text(predicted).PadLeft(width))));
        foreach (int actual in classes)
        {
            IEnumerable<string> cells = classes.Select(predicted => Text(metrics[actual, predicted]).PadLeft(width));
            output.WriteLine(Name(actual, classNames).PadRight(nameWidth) + string.Concat(cells));
        }
    }

    private static void WritePairs(TextWriter output, ClassificationMetrics metrics, IReadOnlyList<string>? classNames)
    {
        output.WriteLine("most frequent mistakes: images, label -> predicted class");
        foreach ((int actual, int predicted, int count) in metrics.MostConfused(PairsShown))
            output.WriteLine($"{Text(count),6}  {Name(actual, classNames)} -> {Name(predicted, classNames)}");
    }

    private static string Name(int index, IReadOnlyList<string>? classNames) =>
        classNames is null ? Text(index) : $"{Text(index)} {classNames[index]}";

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
