namespace ResNetManaged.Tests.Support.Files;

/// <summary>Cancels when the first line is written.</summary>
internal sealed class CancellingWriter(CancellationTokenSource cancellation) : StringWriter
{
    public override void WriteLine(string? value) => cancellation.Cancel();
}
