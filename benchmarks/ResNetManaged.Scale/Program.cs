using System.Diagnostics;
using System.Globalization;
using ResNetManaged.Corpus;
using ResNetManaged.Corpus.Running;
using ResNetManaged.Corpus.Search;
using ResNetManaged.Imaging;
using ResNetManaged.Models;
using ResNetManaged.Tensors.Random;

// Plans, writes, verifies and searches a corpus of pictures that do not exist, with vectors from a formula instead of a network, and prints the time,
// the memory and the bytes written of each step:
//
//   dotnet run -c Release --project benchmarks/ResNetManaged.Scale -- FOLDER [ROWS [DIMENSIONS]]
if (args.Length is < 1 or > 3)
{
    Console.Error.WriteLine("error: expected FOLDER [ROWS [DIMENSIONS]]");
    return 2;
}
string folder = args[0];
long rows = args.Length > 1 ? long.Parse(args[1], CultureInfo.InvariantCulture) : 100_000;
int dimensions = args.Length > 2 ? int.Parse(args[2], CultureInfo.InvariantCulture) : 2048;
Directory.CreateDirectory(folder);
string list = Path.Combine(folder, "list.txt"), emb = Path.Combine(folder, "emb");

Measure("list", () =>
{
    using StreamWriter lines = new(list);
    for (long i = 0; i < rows; i++) lines.WriteLine($"/data/pictures/{i:D9}.jpg");
    return rows;
});

// A network of which only the number of features matters.
ResNet network = new ResNet(ResNetVariants.Get("resnet18") with { Depths = [1, 1, 1, 1], Widths = [16, 16, 16, dimensions], NumClasses = 0 }, new TorchGenerator(1)).Eval();
CorpusPlan plan = Measure("plan", () => CorpusPlan.Create(emb, network, new CorpusOptions { Inputs = [list] }));
CorpusRunner runner = new(plan, new ShardComputation<float[]>
{
    Compute = (sources, _) => sources.Select(source => new ImageResult<float[]>(source.Name, VectorOf(source.Name), null)),
    CreateWriter = ShardComputation.VectorWriterOf(plan),
});
long before = Written();
Measure("run", () =>
{
    for (int shard = 0; shard < plan.ShardCount; shard++) runner.Run(shard);
    return plan.ShardCount;
});
long output = Directory.EnumerateFiles(Path.Combine(emb, "shards")).Sum(file => new FileInfo(file).Length);
Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"output {output / 1e9:F2} GB, written {Written() - before} bytes = {(Written() - before) / (double)output:F4} of it"));
CorpusVerification verified = Measure("verify", () => new CorpusVerifier(plan, Console.WriteLine, runner, share: 0.0001).Verify());
Console.WriteLine($"{verified.Status}, {verified.Problems} problems, {verified.Recomputed} rows computed again");
IReadOnlyList<CorpusNeighbor> nearest = Measure("search", () => CorpusSearch.Open(plan).Nearest(VectorOf($"/data/pictures/{rows / 2:D9}.jpg")));
Console.WriteLine($"nearest: {nearest[0]}");
return verified.Problems == 0 && verified.Status.Rows == rows && nearest[0].Name == $"/data/pictures/{rows / 2:D9}.jpg" ? 0 : 1;

// Numbers that depend on the name alone.
float[] VectorOf(string name)
{
    float[] vector = new float[dimensions];
    ulong state = 14695981039346656037;
    foreach (char c in name) state = (state ^ c) * 1099511628211;
    for (int i = 0; i < vector.Length; i++)
    {
        state = state * 6364136223846793005 + 1442695040888963407;
        vector[i] = (int)(state >> 32) * (1f / int.MaxValue);
    }
    return vector;
}

static T Measure<T>(string name, Func<T> step)
{
    long start = Stopwatch.GetTimestamp();
    T result = step();
    string[] status = File.Exists("/proc/self/status") ? File.ReadAllLines("/proc/self/status") : [];
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"{name,-8} {Stopwatch.GetElapsedTime(start).TotalSeconds,8:F1} s; {string.Join(", ", status.Where(line => line.StartsWith("VmHWM", StringComparison.Ordinal) || line.StartsWith("RssAnon", StringComparison.Ordinal)).Select(line => string.Join(' ', line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))))}"));
    return result;
}

static long Written() => File.Exists("/proc/self/io")
    ? long.Parse(File.ReadAllLines("/proc/self/io").Single(line => line.StartsWith("wchar", StringComparison.Ordinal)).Split(' ')[1], CultureInfo.InvariantCulture) : 0;
