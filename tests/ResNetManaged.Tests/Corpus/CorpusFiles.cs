using System.Formats.Tar;
using System.Globalization;
using System.Text;
using ResNetManaged.Corpus;
using ResNetManaged.Models;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Corpus;

/// <summary>Small corpora.</summary>
internal static class CorpusFiles
{
    public static readonly ImageNetwork Network = TinyData.Network();

    /// <summary>Writes pictures of noise, all different, and returns their folder.</summary>
    public static string WritePictures(TemporaryFolder folder, string name, int count)
    {
        for (int i = 0; i < count; i++) folder.Write($"{name}/{i:D4}.bmp", TinyData.Bmp(8, 8, seed: i));
        return folder[name];
    }

    /// <summary>Writes a tar file of the given files.</summary>
    public static string WriteTar(string path, params (string Name, byte[] Content)[] files)
    {
        using TarWriter writer = new(File.Create(path), TarEntryFormat.Pax);
        foreach ((string name, byte[] content) in files)
            writer.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(content) });
        return path;
    }

    /// <summary>A sample of webdataset: a picture, its caption, its class and JSON.</summary>
    public static (string Name, byte[] Content)[] Sample(int number) =>
    [
        (Key(number) + ".bmp", TinyData.Bmp(8, 8, seed: number)), (Key(number) + ".cls", Encoding.UTF8.GetBytes($"{number % 10}")),
        (Key(number) + ".json", Encoding.UTF8.GetBytes($"{{\"width\": 8, \"seed\": {number}}}")), (Key(number) + ".txt", Encoding.UTF8.GetBytes($"picture {number}")),
    ];

    public static CorpusOptions Options(params string[] inputs) => new() { Inputs = inputs, ShardSize = 4, Execution = new ExecutionOptions { Threads = 1 } };

    public static CorpusPlan Plan(TemporaryFolder folder, string name, params string[] inputs) => CorpusPlan.Create(folder[name], Network, Options(inputs));

    /// <summary>All finished files of a corpus by name.</summary>
    public static Dictionary<string, byte[]> Shards(CorpusPlan plan) =>
        Directory.GetFiles(Path.Combine(plan.Folder, "shards")).ToDictionary(file => Path.GetFileName(file), File.ReadAllBytes);

    private static string Key(int number) => number.ToString("D6", CultureInfo.InvariantCulture);
}
