using System.Globalization;

namespace ResNetManaged.Corpus;

/// <summary>A process's part of an array of N: every N-th shard. Schedulers give each process its number.</summary>
/// <param name="Index">The process's number, from 0.</param>
/// <param name="Count">The number of processes.</param>
public sealed record CorpusTask(int Index, int Count)
{
    /// <summary>What <see cref="Parse"/> accepts.</summary>
    public const string Expected = "I/N with I from 0 to N - 1, or env";

    private const string OwnIndex = "RESNET_TASK_INDEX", OwnCount = "RESNET_TASK_COUNT";

    /// <summary>The shards of this process, in order.</summary>
    /// <param name="shards">The number of shards.</param>
    /// <returns>Their numbers.</returns>
    public IEnumerable<int> ShardsOf(int shards)
    {
        for (long shard = Index; shard < shards; shard += Count) yield return (int)shard;
    }

    /// <summary>Reads <c>I/N</c>, or <c>env</c> for the environment variables of a scheduler.</summary>
    /// <param name="text">The text.</param>
    /// <param name="variable">Reads an environment variable; null for this process's.</param>
    /// <returns>The part.</returns>
    /// <exception cref="FormatException">The text is neither, or the variables are missing or contradict each other. The message is a clause.</exception>
    public static CorpusTask Parse(string text, Func<string, string?>? variable = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text == "env") return FromEnvironment(variable ?? Environment.GetEnvironmentVariable);
        string[] parts = text.Split('/');
        if (parts.Length == 2 && Number(parts[0]) is int index && Number(parts[1]) is int count && index < count) return new CorpusTask(index, count);
        throw new FormatException($"'{text}' is not {Expected}");
    }

    private static CorpusTask FromEnvironment(Func<string, string?> variable)
    {
        if (variable(OwnIndex) is not null) return Of(OwnIndex, OwnCount);
        if (variable("SLURM_ARRAY_TASK_ID") is not null) return Range("SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_MIN", "SLURM_ARRAY_TASK_MAX", "SLURM_ARRAY_TASK_STEP", "SLURM_ARRAY_TASK_COUNT");
        if (variable("AWS_BATCH_JOB_ARRAY_INDEX") is not null) return Of("AWS_BATCH_JOB_ARRAY_INDEX", "AWS_BATCH_JOB_ARRAY_SIZE");
        if (variable("JOB_COMPLETION_INDEX") is not null) return Of("JOB_COMPLETION_INDEX", OwnCount);
        if (variable("PBS_ARRAY_INDEX") is not null) return Of("PBS_ARRAY_INDEX", OwnCount);
        if (variable("PBS_ARRAYID") is not null) return Of("PBS_ARRAYID", OwnCount);
        if (variable("LSB_JOBINDEX") is not (null or "0")) return Range("LSB_JOBINDEX", null, "LSB_JOBINDEX_END", "LSB_JOBINDEX_STEP", null);
        if (variable("SGE_TASK_ID") is not (null or "undefined")) return Range("SGE_TASK_ID", "SGE_TASK_FIRST", "SGE_TASK_LAST", "SGE_TASK_STEPSIZE", null);
        throw new FormatException("no variable of a scheduler is set; expected those of Slurm, Kubernetes, AWS Batch, PBS, LSF or SGE arrays, "
            + $"or {OwnIndex} and {OwnCount}");

        CorpusTask Of(string indexName, string countName)
        {
            int index = Required(indexName);
            if (variable(countName) is null) throw new FormatException($"{indexName} is set but not {countName}; set it to the number of tasks");
            int count = Required(countName);
            return index < count ? new CorpusTask(index, count) : throw new FormatException($"{indexName} is {index} and {countName} {count}; expected an index below the count");
        }

        CorpusTask Range(string indexName, string? firstName, string lastName, string stepName, string? countName)
        {
            int index = Required(indexName), first = firstName is null ? 1 : Required(firstName), last = Required(lastName);
            int step = Math.Max(variable(stepName) is null ? 1 : Required(stepName), 1);
            int count = last >= first ? (last - first) / step + 1 : 0;
            bool isOfArray = index >= first && index <= last && (index - first) % step == 0 && (countName is null || Required(countName) == count);
            return isOfArray ? new CorpusTask((index - first) / step, count)
                : throw new FormatException($"the array's tasks are not {first} to {last} in steps of {step}; expected a gapless array, or --task I/N");
        }

        int Required(string name) => variable(name) is string text && Number(text) is int value ? value
            : throw new FormatException($"the variable {name} is '{variable(name)}'; expected a number");
    }

    private static int? Number(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : null;
}
