using NUnit.Framework;
using ResNetManaged.Datasets;
using ResNetManaged.Preprocessing;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Datasets;

public sealed class DatasetSplitTests
{
    [Test]
    public void HoldsOutTheSameShareOfEachClass()
    {
        NumberedImages data = NumberedImages.Of(100, 10, 3, 1);
        DatasetSplit split = DatasetSplit.Stratified(data, 0.2, seed: 1);
        Assert.That(split.Training.Concat(split.Validation), Is.EquivalentTo(Enumerable.Range(0, data.Count)));
        Assert.That(split.Validation.CountBy(data.LabelOf).Select(pair => (pair.Key, pair.Value)), Is.EqualTo(new[] { (0, 20), (1, 2), (2, 1) }));
        Assert.That(split.Training, Is.Ordered);
        Assert.That(split.Validation, Is.Ordered);
    }

    [Test]
    public void DependsOnTheSeed()
    {
        NumberedImages data = NumberedImages.Of(50, 50);
        DatasetSplit split = DatasetSplit.Stratified(data, 0.3, seed: 1);
        Assert.That(DatasetSplit.Stratified(data, 0.3, seed: 1).Validation, Is.EqualTo(split.Validation));
        Assert.That(DatasetSplit.Stratified(data, 0.3, seed: 2).Validation, Is.Not.EqualTo(split.Validation));
    }

    [Test]
    public void BothSidesSelectSubsets()
    {
        NumberedImages data = NumberedImages.Of(5, 5);
        DatasetSplit split = DatasetSplit.Stratified(data, 0.4, seed: 1);
        SampleSource validation = data.Samples(ImagePreset.Cifar10).Subset(split.Validation);
        Assert.That(validation.Count, Is.EqualTo(4));
        Assert.That(validation.NameOf(3), Is.EqualTo($"numbered#{split.Validation[3]}"));
        Assert.That(ClassBalance.Of(validation).Counts, Is.EqualTo(new[] { 2, 2 }));
    }

    [Test]
    public void RejectsDataThatCannotBeSplit()
    {
        Assert.That(() => DatasetSplit.Stratified(NumberedImages.Of(5), 0.2, 1),
            Throws.TypeOf<DatasetException>().With.Message.Contains("one class, 'class 0'"));
        Assert.That(() => DatasetSplit.Stratified(NumberedImages.Of(1, 1), 0.2, 1),
            Throws.TypeOf<DatasetException>().With.Message.Contains("one image per class"));
        Assert.That(() => DatasetSplit.Stratified(NumberedImages.Of(5, 5), 1, 1), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void TheBalanceCountsEachClass()
    {
        ClassBalance balance = ClassBalance.Of(NumberedImages.Of(30, 10));
        Assert.That(balance.Imbalance, Is.EqualTo(3));
        Assert.That(balance.ToString(), Is.EqualTo($"class 0  30{Environment.NewLine}class 1  10{Environment.NewLine}largest / smallest  3"));
    }

    [Test]
    public void AnEmptyClassIsInfinitelyImbalanced()
    {
        ClassBalance balance = ClassBalance.Of(new NumberedImages([0, 2]));
        Assert.That(balance.Imbalance, Is.EqualTo(double.PositiveInfinity));
    }
}
