using NUnit.Framework;
using ResNetManaged.Cli.Errors;
using ResNetManaged.Serialization;
using ResNetManaged.Training;

namespace ResNetManaged.Tests.Cli.Errors;

public sealed class ErrorTextTests
{
    private static readonly Exception[] FaultsOfTheProgram =
    [
        new ArgumentException("got 3, expected 4", "count"), new ArgumentOutOfRangeException("count"), new InvalidOperationException("the state is wrong"),
        new KeyNotFoundException(), new OverflowException(), new FormatException("no number"), new PlatformNotSupportedException(),
    ];

    private static readonly Exception[] Expected =
    [
        new UsageException("--top is wrong"), new CommandFailedException("'a' is empty"), new IOException("No space left on device"),
        new UnauthorizedAccessException("Access to the path 'a' is denied."), new CheckpointException("a", null, "is empty", "a checkpoint has tensors"),
        new NpyFormatException("a", "is cut off", "its header says 8 bytes"), new TrainingException("the loss is NaN"),
    ];

    [TestCaseSource(nameof(FaultsOfTheProgram))]
    public void AnUnexpectedExceptionIsReportedAsAFaultOfTheProgram(Exception exception)
    {
        string line = ErrorText.Describe(exception);
        Assert.That(line, Does.Match(@"^resnet \d+\.\d+\.\d+ has a fault; please report it "));
        Assert.That(line, Does.Contain(exception.GetType().Name).And.Not.Contain("\n"));
    }

    [TestCaseSource(nameof(Expected))]
    public void AnExpectedExceptionIsReportedByItsMessage(Exception exception) => Assert.That(ErrorText.Describe(exception), Is.EqualTo(exception.Message));

    [Test]
    public void RunningOutOfMemoryIsExplained() =>
        Assert.That(ErrorText.Describe(new InsufficientMemoryException()), Does.StartWith("not enough memory: ").And.Contain("smaller batch").And.Not.Contain("report"));

    [Test]
    public void LineBreaksBecomeSpaces() => Assert.That(ErrorText.Describe(new IOException("a\r\n b\nc")), Is.EqualTo("a b c"));
}
