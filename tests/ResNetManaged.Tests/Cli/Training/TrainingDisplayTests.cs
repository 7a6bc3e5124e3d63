using NUnit.Framework;
using ResNetManaged.Cli;
using ResNetManaged.Cli.Output;
using ResNetManaged.Cli.Training;

namespace ResNetManaged.Tests.Cli.Training;

public sealed class TrainingDisplayTests
{
    [TestCase("there is no training step for Softmax", false, "warning: trains on the gradient tape, which is slow: there is no training step for Softmax\n")]
    [TestCase("there is no training step for Softmax", true, "")]
    [TestCase(null, false, "")]
    public void TrainingOnTheTapePrintsAWarningUnlessQuiet(string? reason, bool quiet, string expected)
    {
        using StringWriter output = new(), error = new() { NewLine = "\n" };
        Session session = new(new Terminal(output, error, () => Stream.Null), ExecutionOptions.Default, quiet, Verbose: false, default);
        TrainingDisplay.WarnOfTape(session, reason);
        Assert.That(error.ToString(), Is.EqualTo(expected));
        Assert.That(output.ToString(), Is.Empty);
    }
}
