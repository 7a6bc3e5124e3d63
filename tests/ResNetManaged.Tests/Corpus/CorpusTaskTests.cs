using NUnit.Framework;
using ResNetManaged.Corpus;

namespace ResNetManaged.Tests.Corpus;

public sealed class CorpusTaskTests
{
    [TestCase("0/1", 0, 1)]
    [TestCase("99/100", 99, 100)]
    public void TextNamesAPart(string text, int index, int count) => Assert.That(CorpusTask.Parse(text), Is.EqualTo(new CorpusTask(index, count)));

    [TestCase("")]
    [TestCase("1")]
    [TestCase("1/1")]
    [TestCase("-1/2")]
    [TestCase("1/2/3")]
    [TestCase("x/2")]
    [TestCase("ENV")]
    public void OtherTextIsRefused(string text) => Assert.That(() => CorpusTask.Parse(text), Throws.InstanceOf<FormatException>());

    [TestCase("SLURM_ARRAY_TASK_ID=7 SLURM_ARRAY_TASK_MIN=0 SLURM_ARRAY_TASK_MAX=99 SLURM_ARRAY_TASK_STEP=1 SLURM_ARRAY_TASK_COUNT=100", 7, 100)]
    [TestCase("SLURM_ARRAY_TASK_ID=7 SLURM_ARRAY_TASK_MIN=1 SLURM_ARRAY_TASK_MAX=9 SLURM_ARRAY_TASK_STEP=2 SLURM_ARRAY_TASK_COUNT=5", 3, 5)]
    [TestCase("JOB_COMPLETION_INDEX=4 RESNET_TASK_COUNT=8", 4, 8)]
    [TestCase("AWS_BATCH_JOB_ARRAY_INDEX=4 AWS_BATCH_JOB_ARRAY_SIZE=8", 4, 8)]
    [TestCase("PBS_ARRAY_INDEX=4 RESNET_TASK_COUNT=8", 4, 8)]
    [TestCase("PBS_ARRAYID=4 RESNET_TASK_COUNT=8", 4, 8)]
    [TestCase("LSB_JOBINDEX=8 LSB_JOBINDEX_END=8 LSB_JOBINDEX_STEP=1", 7, 8)]
    [TestCase("SGE_TASK_ID=3 SGE_TASK_FIRST=1 SGE_TASK_LAST=5 SGE_TASK_STEPSIZE=2", 1, 3)]
    [TestCase("SGE_TASK_ID=undefined RESNET_TASK_INDEX=0 RESNET_TASK_COUNT=2", 0, 2)]
    [TestCase("RESNET_TASK_INDEX=1 RESNET_TASK_COUNT=2 SLURM_ARRAY_TASK_ID=9", 1, 2)]
    public void SchedulersNameAPartByVariables(string variables, int index, int count) =>
        Assert.That(Parse(variables), Is.EqualTo(new CorpusTask(index, count)));

    [TestCase("", "no variable of a scheduler is set")]
    [TestCase("JOB_COMPLETION_INDEX=4", "RESNET_TASK_COUNT; set it to the number of tasks")]
    [TestCase("JOB_COMPLETION_INDEX=4 RESNET_TASK_COUNT=4", "expected an index below the count")]
    [TestCase("JOB_COMPLETION_INDEX=x RESNET_TASK_COUNT=4", "is 'x'; expected a number")]
    [TestCase("SLURM_ARRAY_TASK_ID=7 SLURM_ARRAY_TASK_MIN=1 SLURM_ARRAY_TASK_MAX=9 SLURM_ARRAY_TASK_STEP=1 SLURM_ARRAY_TASK_COUNT=3", "gapless")]
    [TestCase("LSB_JOBINDEX=0", "no variable of a scheduler is set")]
    public void AnArrayThatWouldLoseShardsIsRefused(string variables, string reason) =>
        Assert.That(() => Parse(variables), Throws.InstanceOf<FormatException>().With.Message.Contains(reason));

    [Test]
    public void ThePartsAreAllShardsOnce([Values(1, 2, 7, 20)] int count, [Values(1, 7, 13)] int shards) => Assert.That(
        Enumerable.Range(0, count).SelectMany(index => new CorpusTask(index, count).ShardsOf(shards)).Order(), Is.EqualTo(Enumerable.Range(0, shards)));

    private static CorpusTask Parse(string variables)
    {
        Dictionary<string, string> values = variables.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(text => text.Split('=')).ToDictionary(pair => pair[0], pair => pair[1]);
        return CorpusTask.Parse("env", name => values.GetValueOrDefault(name));
    }
}
