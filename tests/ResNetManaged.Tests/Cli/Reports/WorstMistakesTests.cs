using NUnit.Framework;
using ResNetManaged.Cli.Reports;
using ResNetManaged.Tensors;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Cli.Reports;

public sealed class WorstMistakesTests
{
    [Test]
    public void TheMostConfidentMistakesComeFirst()
    {
        NumberedImages images = new([0, 1, 2, 0], side: 8);
        Tensor logits = Tensor.FromArray([5, 0, 0, 2, 0, 0, 0, 4, 0], [3, 3]); // image 0 is right, images 2 and 1 are wrong
        IReadOnlyList<Mistake> mistakes = WorstMistakes.Of(logits, new(images, [0, 2, 1]));
        Assert.That(mistakes.Select(mistake => (mistake.Name, mistake.Actual, mistake.Predicted)), Is.EqualTo(new[] { ("numbered#2", 2, 0) }));
        Assert.That(mistakes[0].Probability, Is.EqualTo(Math.Exp(2) / (Math.Exp(2) + 2)).Within(1e-6));

        mistakes = WorstMistakes.Of(logits, new(images, [3, 1, 2]));
        Assert.That(mistakes.Select(mistake => (mistake.Name, mistake.Predicted)), Is.EqualTo(new[] { ("numbered#2", 1), ("numbered#1", 0) }));
    }

    [Test]
    public void PicturesAreShrunkToASideOf128()
    {
        NumberedImages images = new([0, 1], side: 300);
        Mistake mistake = WorstMistakes.Of(Tensor.FromArray([0, 1], [1, 2]), new(images, [0])).Single();
        Assert.That((mistake.Picture.Width, mistake.Picture.Height), Is.EqualTo((128, 128)));
    }
}
