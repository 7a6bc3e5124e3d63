using System.Globalization;
using ResNetManaged.Cli.Errors;
using ResNetManaged.Corpus;

namespace ResNetManaged.Cli.Corpus;

/// <summary>The counts of a run.</summary>
internal sealed class RunTotals
{
    private long _items, _rows, _failed;

    /// <summary>The shards that are done.</summary>
    public int Done { get; private set; }

    /// <summary>The shards whose input cannot be read.</summary>
    public int SetAside { get; private set; }

    /// <summary>The shards that need no more work.</summary>
    public int Finished => Done + SetAside;

    /// <summary>Computes a shard and counts it; a shard that cannot be computed is reported, and the run goes on.</summary>
    /// <returns>False if another process computes it.</returns>
    public bool Count(int shard, Func<ShardManifest?> compute, Session session)
    {
        session.Cancellation.ThrowIfCancellationRequested();
        try
        {
            if (compute() is not { } manifest) return false;
            Done++;
            (_items, _rows, _failed) = (_items + manifest.Items, _rows + manifest.Rows, _failed + manifest.Failed);
            session.Note($"shard {shard}: {manifest.Rows} rows, {manifest.Failed} failed");
        }
        catch (ShardException exception)
        {
            SetAside++;
            session.Terminal.WriteError($"error: {ErrorText.OneLine(exception.Message)}");
        }
        return true;
    }

    /// <summary>Prints the counts of the shards of this run.</summary>
    public void Print(CorpusPlan plan, int shards, bool json, Session session)
    {
        if (json)
        {
            CorpusCounts.WriteJson(new CorpusStatus(shards, Done, SetAside, _items, _rows, _failed), session);
            return;
        }
        session.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{plan.Folder}: {Done} of {shards} shards done, {_rows} of {_items} pictures have a result{(_failed > 0 ? $", {_failed} failed (shards/*.errors.jsonl says why)" : "")}"));
    }
}
