using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ResNetManaged.Benchmarks.Compare;

/// <summary>What <c>compare</c> measured on one machine with one set of libraries: the content of a <c>compare.json</c>, or <c>train.json</c>.</summary>
/// <param name="Date">When the newest row was measured.</param>
/// <param name="Machine">Where.</param>
/// <param name="Versions">Of .NET (<c>dotnet</c>) and of the libraries, by <see cref="Contender.Key"/>.</param>
/// <param name="Rows">In the order of <see cref="CompareOptions.All"/>, then by batch and threads.</param>
internal sealed record CompareResults(
    DateTimeOffset Date, CompareMachine Machine, SortedDictionary<string, string> Versions, IReadOnlyList<CompareRow> Rows)
{
    private const string FileName = "compare.json", TrainFileName = "train.json";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // no HTML: "0.1.0+abc" stays as it is
        Converters = { new RoundedNumber() },
    };

    /// <summary>Every file of a folder of results, by the processors' names.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static IReadOnlyList<CompareResults> ReadAll(string folder)
    {
        string[] files = Directory.Exists(folder) ? Directory.GetFiles(folder, FileName, SearchOption.AllDirectories) : [];
        if (files.Length == 0) throw new ArgumentException($"There is no {FileName} below '{folder}'; compare with --output writes one.");
        return [.. files.Order(StringComparer.Ordinal).Select(Read)];
    }

    /// <summary>
    /// Writes the file of this processor. Of an older file the rows that were not measured anew stay, if all versions and the machine are the same.
    /// </summary>
    /// <param name="folder">The folder of all processors' results.</param>
    /// <param name="train">Whether they are of training steps, which have a file of their own.</param>
    /// <returns>The file's path.</returns>
    public string Write(string folder, bool train)
    {
        string path = Path.Combine(folder, Machine.Slug, train ? TrainFileName : FileName);
        CompareResults? old = File.Exists(path) ? Read(path) : null;
        bool goesOn = old is not null && old.Machine == Machine && old.Versions.SequenceEqual(Versions);
        IEnumerable<CompareRow> kept = goesOn ? old!.Rows.Where(row => !Rows.Any(row.IsSameAs)) : [];
        CompareResults all = this with
        {
            Rows = [.. kept.Concat(Rows).OrderBy(row => CompareOptions.All.IndexOf(row.Model)).ThenBy(row => row.Batch).ThenBy(row => row.Threads)],
        };
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, JsonSerializer.Serialize(all, Json) + "\n");
        return path;
    }

    private static CompareResults Read(string path) => JsonSerializer.Deserialize<CompareResults>(File.ReadAllText(path), Json)!;

    /// <summary>Six digits: more would be noise.</summary>
    private sealed class RoundedNumber : JsonConverter<double>
    {
        public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetDouble();

        public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options) =>
            writer.WriteNumberValue(double.Parse(value.ToString("G6", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture));
    }
}

/// <summary>One network, batch and number of threads.</summary>
/// <param name="Model">The network's name.</param>
/// <param name="Batch">Images a call.</param>
/// <param name="Threads">Threads of each library.</param>
/// <param name="Date">When it was measured.</param>
/// <param name="Seconds">How long a turn was; there are as many turns as <see cref="CompareTimes.Rounds"/> has values.</param>
/// <param name="Valid">False if the cores were not free: the peak of all threads was less than 0.9 times as many peaks of one.</param>
/// <param name="OtherCores">Cores that others took meanwhile, on average; null where the system does not say.</param>
/// <param name="Ratio">The best peer's median over ours: above 1 we are faster. Null without peers.</param>
/// <param name="PeakBefore">The multiply-add peak before the first turn, GFLOP/s by number of threads.</param>
/// <param name="PeakAfter">The same after the last turn.</param>
/// <param name="Runtimes">By <see cref="Contender.Key"/>, in the order of the turns.</param>
internal sealed record CompareRow(
    string Model, int Batch, int Threads, DateTimeOffset Date, double Seconds, bool Valid, double? OtherCores, double? Ratio,
    SortedDictionary<int, double> PeakBefore, SortedDictionary<int, double> PeakAfter, IReadOnlyDictionary<string, CompareTimes> Runtimes)
{
    /// <summary>What the shares of the peak refer to, GFLOP/s.</summary>
    [JsonIgnore]
    public double Peak => Math.Max(PeakBefore[Threads], PeakAfter[Threads]);

    public bool IsSameAs(CompareRow other) => (Model, Batch, Threads) == (other.Model, other.Batch, other.Threads);
}

/// <summary>What one library took for a row.</summary>
/// <param name="Median">Milliseconds a call: the median of <see cref="Rounds"/>.</param>
/// <param name="Min">The shortest call of all.</param>
/// <param name="Gigaflops">GFLOP/s by the median.</param>
/// <param name="ShareOfPeak">The same as a share of <see cref="CompareRow.Peak"/>.</param>
/// <param name="Difference">The largest difference from our output as a share of the largest output; 0 for ours.</param>
/// <param name="Rounds">The median of each turn.</param>
internal sealed record CompareTimes(double Median, double Min, double Gigaflops, double ShareOfPeak, double Difference, IReadOnlyList<double> Rounds);
