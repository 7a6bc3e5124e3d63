using System.Text.Json;
using ResNetManaged.Corpus.Running;

namespace ResNetManaged.Corpus;

/// <summary>How far a corpus is.</summary>
/// <param name="Shards">The number of shards.</param>
/// <param name="Done">The number of finished shards.</param>
/// <param name="SetAside">The number of shards whose input could not be read.</param>
/// <param name="Items">The pictures of finished shards.</param>
/// <param name="Rows">Those with a result.</param>
/// <param name="Failed">Those without.</param>
public sealed record CorpusStatus(int Shards, int Done, int SetAside, long Items, long Rows, long Failed)
{
    /// <summary>Whether every shard is done.</summary>
    public bool IsComplete => Done == Shards;

    /// <summary>Reads the manifests.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="missing">Receives the number of each shard that is not done, and the reason if it was set aside; null to only count.</param>
    /// <returns>The status.</returns>
    /// <exception cref="CorpusException">A manifest is damaged.</exception>
    public static CorpusStatus Read(CorpusPlan plan, Action<int, string?>? missing = null)
    {
        ArgumentNullException.ThrowIfNull(plan);
        CorpusStatus status = new(plan.ShardCount, 0, 0, 0, 0, 0);
        for (int shard = 0; shard < plan.ShardCount; shard++)
        {
            if (ShardManifest.Find(plan, shard) is { } manifest)
            {
                status = status with
                {
                    Done = status.Done + 1,
                    Items = status.Items + manifest.Items,
                    Rows = status.Rows + manifest.Rows,
                    Failed = status.Failed + manifest.Failed,
                };
                continue;
            }
            string? reason = ReasonOf(plan, shard);
            if (reason is not null) status = status with { SetAside = status.SetAside + 1 };
            missing?.Invoke(shard, reason);
        }
        return status;
    }

    /// <summary>The number of shards that were set aside and are not done.</summary>
    internal static int CountSetAside(CorpusPlan plan) => Enumerable.Range(0, plan.ShardCount)
        .Count(shard => File.Exists(plan.PathOf(shard, Leftovers.AsideExtension)) && !File.Exists(plan.PathOf(shard, ".json")));

    private static string? ReasonOf(CorpusPlan plan, int shard)
    {
        string path = plan.PathOf(shard, Leftovers.AsideExtension);
        try
        {
            return File.Exists(path) ? JsonElement.Parse(File.ReadAllBytes(path)).GetProperty("reason").GetString() : null;
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException or FileNotFoundException)
        {
            return "its reason cannot be read";
        }
    }
}
