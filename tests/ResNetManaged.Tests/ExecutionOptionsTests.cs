using NUnit.Framework;

namespace ResNetManaged.Tests;

public sealed class ExecutionOptionsTests
{
    [Test]
    public void TheDefaultCannotBeNull()
    {
        Assert.That(() => ExecutionOptions.Default = null!, Throws.ArgumentNullException);
        Assert.That(ExecutionOptions.Default, Is.Not.Null);
    }

    [Test]
    public void ThreadsDefaultToAllProcessors()
    {
        Assert.That(new ExecutionOptions().Threads, Is.EqualTo(Environment.ProcessorCount));
        Assert.That(() => new ExecutionOptions { Threads = -1 }, Throws.TypeOf<ArgumentOutOfRangeException>());
    }
}
