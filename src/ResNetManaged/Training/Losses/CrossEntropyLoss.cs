using System.Numerics.Tensors;
using ResNetManaged.Kernels;
using ResNetManaged.Kernels.Loss;
using ResNetManaged.Tensors;

namespace ResNetManaged.Training.Losses;

/// <summary>The mean over N rows of -sum(target * log softmax(logits)), and its gradient.</summary>
/// <remarks>
/// Equals <c>nn.CrossEntropyLoss(label_smoothing=...)</c> with its default mean. Smoothing replaces a target t by (1 - smoothing) * t +
/// smoothing / C (Szegedy et al. 2016, arXiv:1512.00567, section 7). The row's maximum is subtracted first, so finite logits do not overflow; sums are
/// in double. A logit that is NaN or infinite makes the loss NaN or infinite, so a trainer can detect it. Nothing is allocated. Safe to call from several
/// threads.
/// </remarks>
public sealed class CrossEntropyLoss
{
    private readonly double _labelSmoothing;

    /// <summary>Creates the loss.</summary>
    /// <param name="labelSmoothing">The share of the target that is spread over all classes, 0 to 1; 0 by default.</param>
    /// <exception cref="ArgumentOutOfRangeException">The share is below 0 or above 1.</exception>
    public CrossEntropyLoss(double labelSmoothing = 0)
    {
        _labelSmoothing = Require.Share(labelSmoothing, nameof(labelSmoothing));
    }

    /// <summary>Computes the loss of rows with one correct class each.</summary>
    /// <param name="logits">[N, C].</param>
    /// <param name="classes">C, at least 1.</param>
    /// <param name="labels">[N], at least one, each from 0 to C - 1.</param>
    /// <param name="gradient">
    /// [N, C]: receives the derivative of the loss with respect to each logit. It may be the logits' own memory or disjoint from it; empty for the loss alone.
    /// </param>
    /// <returns>The loss.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There are no classes, or a label is out of range; nothing was written.</exception>
    /// <exception cref="ArgumentException">There are no rows, or the gradient overlaps the logits at an offset.</exception>
    /// <exception cref="ShapeMismatchException">The lengths do not match.</exception>
    public double Compute(ReadOnlySpan<float> logits, int classes, ReadOnlySpan<int> labels, Span<float> gradient = default)
    {
        CheckRows(logits, classes, labels.Length, gradient);
        CheckLabels(labels, classes);
        return Compute(logits, classes, labels, labels, [], gradient);
    }

    /// <summary>Computes the loss of rows whose target is weight * (one class) + (1 - weight) * (another): mixup (Zhang et al. 2018, arXiv:1710.09412).</summary>
    /// <param name="logits">[N, C].</param>
    /// <param name="classes">C, at least 1.</param>
    /// <param name="labels">[N], at least one, each from 0 to C - 1.</param>
    /// <param name="otherLabels">[N], each from 0 to C - 1; may equal the first.</param>
    /// <param name="weights">[N], the share of <paramref name="labels"/>, each from 0 to 1.</param>
    /// <param name="gradient">
    /// [N, C]: receives the derivative of the loss with respect to each logit. It may be the logits' own memory or disjoint from it; empty for the loss alone.
    /// </param>
    /// <returns>The loss.</returns>
    /// <exception cref="ArgumentOutOfRangeException">
    /// There are no classes, a label is out of range, or a weight is not from 0 to 1; nothing was written.
    /// </exception>
    /// <exception cref="ArgumentException">There are no rows, or the gradient overlaps the logits at an offset.</exception>
    /// <exception cref="ShapeMismatchException">The lengths do not match.</exception>
    internal double ComputeMixed(ReadOnlySpan<float> logits, int classes, ReadOnlySpan<int> labels, ReadOnlySpan<int> otherLabels,
        ReadOnlySpan<float> weights, Span<float> gradient = default)
    {
        CheckRows(logits, classes, labels.Length, gradient);
        Check.Length(nameof(CrossEntropyLoss), nameof(otherLabels), otherLabels.Length, labels.Length);
        Check.Length(nameof(CrossEntropyLoss), nameof(weights), weights.Length, labels.Length);
        CheckLabels(labels, classes);
        CheckLabels(otherLabels, classes);
        for (int n = 0; n < weights.Length; n++)
        {
            if (!(weights[n] is >= 0 and <= 1))
                throw new ArgumentOutOfRangeException(nameof(weights), weights[n], $"CrossEntropyLoss: the weight of row {n} must be from 0 to 1.");
        }
        return Compute(logits, classes, labels, otherLabels, weights, gradient);
    }

    /// <summary>Computes the loss of rows with a target for each class, such as probabilities. Their sum is not checked.</summary>
    /// <param name="logits">[N, C].</param>
    /// <param name="classes">C, at least 1.</param>
    /// <param name="targets">[N, C].</param>
    /// <param name="gradient">
    /// [N, C]: receives the derivative of the loss with respect to each logit. It may be the logits' own memory or disjoint from it; empty for the loss alone.
    /// </param>
    /// <returns>The loss.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There are no classes.</exception>
    /// <exception cref="ArgumentException">There are no rows, or the gradient overlaps the targets, or the logits at an offset.</exception>
    /// <exception cref="ShapeMismatchException">The lengths do not match.</exception>
    internal double ComputeSoft(ReadOnlySpan<float> logits, int classes, ReadOnlySpan<float> targets, Span<float> gradient = default)
    {
        CheckRows(logits, classes, classes > 0 ? logits.Length / classes : 1, gradient);
        Check.Length(nameof(CrossEntropyLoss), nameof(targets), targets.Length, logits.Length);
        if (targets.Overlaps(gradient)) throw new ArgumentException("CrossEntropyLoss: the gradient overlaps the targets.", nameof(gradient));
        int rows = logits.Length / classes;
        double kept = 1 - _labelSmoothing, everywhere = _labelSmoothing / classes, sum = 0;
        for (int n = 0; n < rows; n++)
        {
            ReadOnlySpan<float> row = logits.Slice(n * classes, classes), target = targets.Slice(n * classes, classes);
            Span<float> slope = gradient.IsEmpty ? [] : gradient.Slice(n * classes, classes);
            double product = 0, mass = 0;
            for (int c = 0; c < classes; c++)
            {
                product += (double)target[c] * row[c];
                mass += target[c];
            }
            LogitRow known = CrossEntropy.Exponentiate(row, slope);
            double total = kept * mass + _labelSmoothing;
            sum += total * Math.Log(known.ExponentialSum) - kept * (product - mass * known.Maximum) - everywhere * known.ShiftedSum;
            if (slope.IsEmpty) continue;
            Differentiate(slope, total / known.ExponentialSum / rows, everywhere / rows);
            TensorPrimitives.MultiplyAdd(target, (float)(-kept / rows), slope, slope);
        }
        return sum / rows;
    }

    private double Compute(ReadOnlySpan<float> logits, int classes, ReadOnlySpan<int> labels, ReadOnlySpan<int> others, ReadOnlySpan<float> weights,
        Span<float> gradient)
    {
        int rows = labels.Length;
        double kept = 1 - _labelSmoothing, everywhere = _labelSmoothing / classes, sum = 0;
        for (int n = 0; n < rows; n++)
        {
            ReadOnlySpan<float> row = logits.Slice(n * classes, classes);
            Span<float> slope = gradient.IsEmpty ? [] : gradient.Slice(n * classes, classes);
            double first = weights.IsEmpty ? 1 : weights[n], second = 1 - first;
            double logit = first * row[labels[n]] + second * row[others[n]]; // read first: the gradient may overwrite the logits
            LogitRow known = CrossEntropy.Exponentiate(row, slope);
            sum += Math.Log(known.ExponentialSum) - kept * (logit - known.Maximum) - everywhere * known.ShiftedSum;
            if (slope.IsEmpty) continue;
            Differentiate(slope, 1 / known.ExponentialSum / rows, everywhere / rows);
            slope[labels[n]] -= (float)(kept * first / rows);
            if (second > 0) slope[others[n]] -= (float)(kept * second / rows);
        }
        return sum / rows;
    }

    /// <summary>Turns exponentials into the gradient, except for the targets' part.</summary>
    private static void Differentiate(Span<float> exponentials, double scale, double everywhere)
    {
        TensorPrimitives.Multiply(exponentials, (float)scale, exponentials);
        if (everywhere > 0) TensorPrimitives.Subtract(exponentials, (float)everywhere, exponentials);
    }

    private static void CheckRows(ReadOnlySpan<float> logits, int classes, int rows, Span<float> gradient)
    {
        if (classes < 1) throw new ArgumentOutOfRangeException(nameof(classes), classes, "CrossEntropyLoss: there must be at least 1 class.");
        if (rows == 0) throw new ArgumentException("CrossEntropyLoss: there are no rows to take the mean of.", nameof(logits));
        Check.Length(nameof(CrossEntropyLoss), nameof(logits), logits.Length, (long)rows * classes);
        Check.LengthOrEmpty(nameof(CrossEntropyLoss), nameof(gradient), gradient.Length, logits.Length);
        Check.SameStartOrDisjoint(nameof(CrossEntropyLoss), nameof(logits), logits, gradient);
    }

    private static void CheckLabels(ReadOnlySpan<int> labels, int classes)
    {
        for (int n = 0; n < labels.Length; n++)
        {
            if ((uint)labels[n] >= (uint)classes)
            {
                throw new ArgumentOutOfRangeException(nameof(labels), labels[n],
                    $"CrossEntropyLoss: the label of row {n} is {labels[n]}; expected 0 to {classes - 1}.");
            }
        }
    }
}
