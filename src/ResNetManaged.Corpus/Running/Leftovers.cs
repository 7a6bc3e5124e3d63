using System.Globalization;
using ResNetManaged.Corpus.Writing;

namespace ResNetManaged.Corpus.Running;

/// <summary>The files that a process leaves in the folder <c>work</c> when it is killed.</summary>
internal static class Leftovers
{
    /// <summary>The reason why a shard was set aside.</summary>
    public const string AsideExtension = ".failed.json";

    private const string JournalExtension = ".journal";

    /// <summary>The extensions of everything that a shard can have beside its manifest.</summary>
    public static readonly string[] Extensions =
        [VectorArrayWriter.ArrayExtension, ResultWriter<object>.LinesExtension, ErrorWriter.Extension, AsideExtension];

    public static string JournalOf(CorpusPlan plan, int shard)
    {
        Directory.CreateDirectory(plan.WorkFolder);
        return Path.Combine(plan.WorkFolder, CorpusPlan.NameOf(shard) + JournalExtension);
    }

    /// <summary>Removes the files of earlier attempts. The caller has the shard's journal.</summary>
    public static void Remove(CorpusPlan plan, int shard)
    {
        foreach (string file in Directory.EnumerateFiles(plan.WorkFolder, CorpusPlan.NameOf(shard) + ".*"))
        {
            if (Path.GetExtension(file) != JournalExtension) File.Delete(file);
        }
    }

    /// <summary>Removes the files of finished shards: a process may be killed after it wrote the manifest.</summary>
    public static void RemoveOfFinished(CorpusPlan plan)
    {
        if (!Directory.Exists(plan.WorkFolder)) return;
        int[] shards = [.. Directory.EnumerateFiles(plan.WorkFolder).Select(file => Path.GetFileName(file).Split('.')[0]).Distinct()
            .Where(name => int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out _)).Select(name => int.Parse(name, CultureInfo.InvariantCulture))];
        foreach (int shard in shards.Where(shard => shard < plan.ShardCount && ShardManifest.Find(plan, shard) is not null))
        {
            using ShardJournal? journal = ShardJournal.TryOpen(JournalOf(plan, shard));
            if (journal is null) continue;
            Remove(plan, shard);
            journal.Complete();
        }
    }
}
