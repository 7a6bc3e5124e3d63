using System.Security.Cryptography;
using System.Text.Json;
using ResNetManaged.Corpus.Inputs;
using ResNetManaged.Corpus.Writing;
using ResNetManaged.Imaging;
using ResNetManaged.Tensors.IO;

namespace ResNetManaged.Corpus.Planning;

/// <summary>Divides inputs into shards, and writes and reads plans.</summary>
internal static class Planner
{
    public const string ItemsName = "items.jsonl", ShardsName = "shards.jsonl", PlanName = "plan.json";

    /// <summary>Writes the plan; the file <c>plan.json</c> comes last.</summary>
    public static CorpusPlan Create(string folder, PlanFile file, CorpusOptions options)
    {
        Directory.CreateDirectory(folder);
        string suffix = $".{Guid.NewGuid():N}.tmp";
        string items = Path.Combine(folder, ItemsName), shards = Path.Combine(folder, ShardsName);
        try
        {
            int count = Write(items + suffix, shards + suffix, options);
            PlanFile complete = file.With(count, HashOf(shards + suffix), HashOf(items + suffix));
            string path = Path.Combine(folder, PlanName);
            if (File.Exists(path))
            {
                if (PlanFile.Read(path, File.ReadAllBytes(path)).Id == complete.Id) return Load(folder);
                throw new CorpusException($"The folder '{folder}' has the plan of another corpus or network; give another folder.");
            }
            Directory.CreateDirectory(Path.Combine(folder, "shards"));
            Directory.CreateDirectory(Path.Combine(folder, "work"));
            File.Move(items + suffix, items, overwrite: true);
            File.Move(shards + suffix, shards, overwrite: true);
            AtomicFile.Write(path, stream => stream.Write(complete.ToJson().Span));
            return Load(folder);
        }
        finally
        {
            File.Delete(items + suffix);
            File.Delete(shards + suffix);
        }
    }

    /// <summary>Reads a plan and its shards; the list of pictures is read when a shard is computed.</summary>
    public static CorpusPlan Load(string folder)
    {
        string path = Path.Combine(folder, PlanName), list = Path.Combine(folder, ShardsName);
        if (!File.Exists(path)) throw new CorpusException($"The folder '{folder}' has no {PlanName}; expected what 'resnet corpus plan' wrote.");
        PlanFile file = PlanFile.Read(path, File.ReadAllBytes(path));
        List<PlannedShard> shards = [];
        try
        {
            if (HashOf(list) == file.Hashes.Shards)
            {
                foreach (string line in File.ReadLines(list)) shards.Add(Parse(line));
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or KeyNotFoundException or FormatException or FileNotFoundException)
        {
            shards.Clear();
        }
        return shards.Count > 0 && shards.Count == file.Shards ? new CorpusPlan(folder, file, shards)
            : throw new CorpusException($"The list of shards '{list}' is damaged or missing; expected the file that the plan was written with.");
    }

    private static int Write(string itemsPath, string shardsPath, CorpusOptions options)
    {
        using FileStream items = Create(itemsPath), shards = Create(shardsPath);
        using JsonLineWriter itemLines = new(items), shardLines = new(shards);
        int count = 0, inShard = 0;
        long offset = 0, first = 0;
        foreach ((string input, bool isTar) in Inputs(options))
        {
            if (isTar)
            {
                EndShard();
                WriteTar(input);
                continue;
            }
            offset += itemLines.WriteValue(json => json.WriteStringValue(input));
            if (++inShard == options.ShardSize) EndShard();
        }
        EndShard();
        if (count == 0) throw new CorpusException("The inputs have no pictures; expected folders of JPEG, PNG, BMP or GIF files, tar files, or lists.");
        items.Flush(flushToDisk: true);
        shards.Flush(flushToDisk: true);
        return count;

        void EndShard()
        {
            if (inShard == 0) return;
            shardLines.Write(json =>
            {
                json.WriteNumber("offset", first);
                json.WriteNumber("items", inShard);
            });
            (count, inShard, first) = (checked(count + 1), 0, offset);
        }

        void WriteTar(string path)
        {
            FileInfo file = new(path);
            long? pictures = options.CountsArchives ? new TarPictures(count, path, file.Length, count: null).CountPictures() : null;
            shardLines.Write(json =>
            {
                json.WriteString("tar", path);
                json.WriteNumber("bytes", file.Length);
                if (pictures is long found) json.WriteNumber("items", found);
            });
            count = checked(count + 1);
        }
    }

    /// <summary>The pictures and tar files of all inputs, in order.</summary>
    private static IEnumerable<(string Path, bool IsTar)> Inputs(CorpusOptions options)
    {
        foreach (string pattern in options.Inputs)
        {
            if (pattern.Length == 0) throw new CorpusException("The name of an input is empty; expected a folder, a tar file or a list.");
            foreach (string input in File.Exists(pattern) ? [pattern] : BracePattern.Expand(pattern))
            {
                string path = Path.GetFullPath(input);
                if (Directory.Exists(path))
                {
                    foreach ((string, bool) found in InFolder(path)) yield return found;
                }
                else if (!File.Exists(path)) throw new CorpusException($"There is no file or folder '{input}'.");
                else if (TarPictures.IsNamed(path)) yield return (path, true);
                else if (ImageFolder.IsImage(path)) yield return (path, false);
                else if (ListFile.IsNamed(path))
                {
                    foreach (string listed in ListFile.Read(path, options.Column)) yield return (listed, false);
                }
                else
                {
                    throw new CorpusException($"The input '{input}' is neither a picture (.jpg, .png, .bmp, .gif) nor a tar file (.tar, .tar.gz) nor a list (.txt, .csv, .jsonl).");
                }
            }
        }
    }

    private static IEnumerable<(string, bool)> InFolder(string folder)
    {
        IReadOnlyList<string> pictures = ImageFolder.FindFiles(folder);
        if (pictures.Count > 0) return pictures.Select(path => (path, false));
        string[] archives = [.. Directory.EnumerateFiles(folder).Where(TarPictures.IsNamed)];
        Array.Sort(archives, StringComparer.Ordinal);
        return archives.Length > 0 ? archives.Select(path => (path, true))
            : throw new CorpusException($"The folder '{folder}' has no JPEG, PNG, BMP or GIF files and no tar files.");
    }

    private static PlannedShard Parse(string line)
    {
        JsonElement json = JsonElement.Parse(line);
        long? items = json.TryGetProperty("items", out JsonElement count) ? count.GetInt64() : null;
        return json.TryGetProperty("tar", out JsonElement tar)
            ? new PlannedShard(tar.GetString(), json.GetProperty("bytes").GetInt64(), 0, items)
            : new PlannedShard(null, 0, json.GetProperty("offset").GetInt64(), items ?? throw new FormatException());
    }

    private static FileStream Create(string path) => new(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 1 << 16);

    private static string HashOf(string path)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }
}
