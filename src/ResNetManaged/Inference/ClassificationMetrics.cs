using ResNetManaged.Tensors;

namespace ResNetManaged.Inference;

/// <summary>How well a network's logits match the labels, accumulated over batches.</summary>
/// <remarks>Not thread-safe. Among equal logits the class with the lower index ranks first.</remarks>
internal sealed class ClassificationMetrics
{
    private const int TopFive = 5;

    private readonly int[] _confusion;
    private int _top1, _top5;
    private double _lossSum;

    /// <summary>Creates metrics over no images.</summary>
    /// <param name="classes">The number of classes, at least 1.</param>
    public ClassificationMetrics(int classes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(classes);
        Classes = classes;
        _confusion = new int[checked(classes * classes)];
    }

    /// <summary>The number of classes.</summary>
    public int Classes { get; }

    /// <summary>The number of images added so far.</summary>
    public int Count { get; private set; }

    /// <summary>The fraction of images whose label has the largest logit, 0 to 1; NaN without images.</summary>
    public double Top1 => (double)_top1 / Count;

    /// <summary>The fraction of images whose label has one of the five largest logits, 0 to 1; NaN without images.</summary>
    public double Top5 => (double)_top5 / Count;

    /// <summary>The mean cross-entropy in nats: the mean of log(sum(exp(logits))) minus the label's logit; NaN without images.</summary>
    public double Loss => _lossSum / Count;

    /// <summary>The confusion matrix: the number of images with label <paramref name="actual"/> that were predicted as <paramref name="predicted"/>.</summary>
    /// <param name="actual">The label.</param>
    /// <param name="predicted">The class with the largest logit.</param>
    public int this[int actual, int predicted]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)actual, (uint)Classes, nameof(actual));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)predicted, (uint)Classes, nameof(predicted));
            return _confusion[actual * Classes + predicted];
        }
    }

    /// <summary>Adds a batch.</summary>
    /// <param name="logits"><c>[N, classes]</c>.</param>
    /// <param name="labels">N labels, each from 0 to <see cref="Classes"/> - 1.</param>
    /// <exception cref="ShapeMismatchException">The logits have a different shape.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A label is out of range.</exception>
    public void Add(Tensor logits, IReadOnlyList<int> labels)
    {
        ArgumentNullException.ThrowIfNull(logits);
        ArgumentNullException.ThrowIfNull(labels);
        Shape expected = [labels.Count, Classes];
        if (logits.Shape != expected)
            throw new ShapeMismatchException($"ClassificationMetrics.Add: logits have shape {logits.Shape}; expected [labels, classes] = {expected}.");
        foreach (int label in labels)
        {
            if ((uint)label >= (uint)Classes)
                throw new ArgumentOutOfRangeException(nameof(labels), $"ClassificationMetrics.Add: label {label} is out of range; expected 0 to {Classes - 1}.");
        }
        for (int i = 0; i < labels.Count; i++) Add(logits.ReadOnlySpan.Slice(i * Classes, Classes), labels[i]);
    }

    /// <summary>The most frequent mistakes.</summary>
    /// <param name="count">The largest number of mistakes to return.</param>
    /// <returns>The label, the predicted class and the number of images; most frequent first.</returns>
    public IReadOnlyList<(int Actual, int Predicted, int Count)> MostConfused(int count)
    {
        IEnumerable<(int Actual, int Predicted, int Count)> mistakes =
            from cell in Enumerable.Range(0, _confusion.Length)
            where _confusion[cell] > 0 && cell / Classes != cell % Classes
            orderby _confusion[cell] descending, cell
            select (cell / Classes, cell % Classes, _confusion[cell]);
        return [.. mistakes.Take(count)];
    }

    private void Add(ReadOnlySpan<float> logits, int label)
    {
        int rank = Ranking.RankOf(logits, label);
        if (rank == 0) _top1++;
        if (rank < TopFive) _top5++;
        _confusion[label * Classes + Ranking.Top(logits, 1)[0]]++;
        _lossSum += CrossEntropy(logits, label);
        Count++;
    }

    /// <summary>The cross-entropy of one image; the maximum is subtracted first, so that no finite logit overflows.</summary>
    private static double CrossEntropy(ReadOnlySpan<float> logits, int label)
    {
        double max = double.NegativeInfinity, sum = 0;
        foreach (float logit in logits) max = Math.Max(max, logit);
        foreach (float logit in logits) sum += Math.Exp(logit - max);
        return Math.Log(sum) - (logits[label] - max);
    }
}
