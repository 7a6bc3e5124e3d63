using ResNetManaged.Cli.Output;
using ResNetManaged.Corpus;

namespace ResNetManaged.Cli.Corpus;

/// <summary>Counts of a corpus as JSON.</summary>
internal static class CorpusCounts
{
    /// <summary>Prints one object, with further members.</summary>
    public static void WriteJson(CorpusStatus status, Session session, params ReadOnlySpan<(string Name, long Value)> more)
    {
        (string Name, long Value)[] members = more.ToArray();
        JsonLine.Write(session.Out, line =>
        {
            line.WriteNumber("shards", status.Shards);
            line.WriteNumber("done", status.Done);
            line.WriteNumber("set_aside", status.SetAside);
            line.WriteNumber("items", status.Items);
            line.WriteNumber("rows", status.Rows);
            line.WriteNumber("failed", status.Failed);
            foreach ((string name, long value) in members) line.WriteNumber(name, value);
        });
    }
}
