using NUnit.Framework;
using ResNetManaged.Cli;
using ResNetManaged.Cli.Commands;
using ResNetManaged.Cli.Output;

namespace ResNetManaged.Tests.Cli.Errors;

/// <summary>Faults of the program itself, provoked by streams that throw unexpected exceptions.</summary>
public sealed class FaultTests : CliTest
{
    [Test]
    public void AFaultOfACommandAsksForAReportOnOneLine()
    {
        using FaultyWriter output = new();
        using StringWriter error = new() { NewLine = "\n" };
        int exitCode = ResNetCommandLine.Run(["models"], new Terminal(output, error, () => Stream.Null));
        AssertFails(new CliResult(exitCode, "", error.ToString()), ExitCode.Failed, "has a fault; please report it", "ArgumentException: got 3, expected 4");
    }

    [Test]
    public void VerboseAddsTheStackTrace()
    {
        using FaultyWriter output = new();
        using StringWriter error = new() { NewLine = "\n" };
        ResNetCommandLine.Run(["models", "--verbose"], new Terminal(output, error, () => Stream.Null));
        Assert.That(error.ToString(), Does.Contain("please report it").And.Contain($"   at {typeof(ModelsCommand).FullName}."));
    }

    [Test]
    public void AFaultWhileAnImageIsReadIsNotBlamedOnTheImage()
    {
        using StringWriter output = new(), error = new() { NewLine = "\n" };
        Terminal terminal = new(output, error, () => throw new InvalidOperationException("the state is wrong"));
        int exitCode = ResNetCommandLine.Run(["classify", "-", "--weights", Weights], terminal);
        AssertFails(new CliResult(exitCode, "", error.ToString()), ExitCode.Failed, "error: -: ", "please report it", "InvalidOperationException");
    }

    private sealed class FaultyWriter : StringWriter
    {
        public override void WriteLine(string? value) => throw new ArgumentException("got 3, expected 4", nameof(value));
    }
}
