using ResNetManaged.Cli.Training;
using ResNetManaged.Datasets;
using ResNetManaged.Inference;
using ResNetManaged.Kernels.Reference;
using ResNetManaged.Preprocessing;
using ResNetManaged.Tensors;

namespace ResNetManaged.Cli.Reports;

/// <summary>Finds the misclassified images that a network was most confident about.</summary>
internal static class WorstMistakes
{
    private const int Shown = 24;
    private const int LongestSide = 128; // pixels of an image in the report

    /// <summary>The mistakes with the highest probability of the wrong class, with their images.</summary>
    /// <param name="logits">[N, classes].</param>
    /// <param name="pictures">The images of the N rows.</param>
    public static IReadOnlyList<Mistake> Of(Tensor logits, LabeledPictures pictures)
    {
        (ImageDataset images, IReadOnlyList<int> indices) = pictures;
        int classes = logits.Shape[1];
        Tensor probabilities = logits.Clone();
        SoftmaxKernel.Forward(indices.Count, classes, 1, logits.ReadOnlySpan, probabilities.Span, ExecutionOptions.Default);
        List<(int Row, int Predicted, float Probability)> wrong = [];
        for (int row = 0; row < indices.Count; row++)
        {
            ReadOnlySpan<float> ofRow = probabilities.ReadOnlySpan.Slice(row * classes, classes);
            int predicted = Ranking.Top(ofRow, 1)[0];
            if (predicted != images.LabelOf(indices[row])) wrong.Add((row, predicted, ofRow[predicted]));
        }
        return
        [
            .. wrong.OrderByDescending(mistake => mistake.Probability).ThenBy(mistake => mistake.Row).Take(Shown).Select(mistake =>
            {
                int index = indices[mistake.Row];
                return new Mistake(images.NameOf(index), Shrink(images.Load(index)), images.LabelOf(index), mistake.Predicted, mistake.Probability);
            }),
        ];
    }

    private static RgbImage Shrink(RgbImage image)
    {
        int longest = Math.Max(image.Width, image.Height);
        return longest <= LongestSide ? image : image.Resize(Side(image.Width), Side(image.Height));

        int Side(int length) => Math.Max(1, (int)Math.Round((double)length * LongestSide / longest));
    }
}
