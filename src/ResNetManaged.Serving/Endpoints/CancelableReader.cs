using System.IO.Pipelines;

namespace ResNetManaged.Serving.Endpoints;

/// <summary>A request's body reader whose pending read can be canceled without damage: the read throws, and the reader remains usable.</summary>
/// <remarks>
/// Kestrel drains the rest of a body after the response, and needs the reader for it. <see cref="PipeReader.AsStream"/> throws out of a canceled read without
/// advancing the reader, which then counts as being read forever: Kestrel logs an error and cuts the connection.
/// </remarks>
internal sealed class CancelableReader(PipeReader inner) : PipeReader
{
    /// <exception cref="OperationCanceledException"><see cref="CancelPendingRead"/> was called; nothing was consumed.</exception>
    public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        ReadResult result = await inner.ReadAsync(cancellationToken).ConfigureAwait(false);
        if (!result.IsCanceled) return result;
        inner.AdvanceTo(result.Buffer.Start);
        throw new OperationCanceledException("The read was canceled.");
    }

    public override bool TryRead(out ReadResult result) => inner.TryRead(out result);

    public override void AdvanceTo(SequencePosition consumed) => inner.AdvanceTo(consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => inner.AdvanceTo(consumed, examined);

    public override void CancelPendingRead() => inner.CancelPendingRead();

    public override void Complete(Exception? exception = null) => inner.Complete(exception);
}
