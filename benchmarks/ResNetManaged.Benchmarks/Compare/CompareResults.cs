using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ResNetManaged.Benchmarks.Compare;

/// <summary>
/// What <c>compare</c> measured on one machine with one set of libraries: the content of a <c>compare.json</c>, <c>train.json</c> or <c>onnx.json</c>.
/// </summary>
/// <param name="Date">When the newest row was measured.</param>
/// <param name="Machine">The machine.</param>
/// <param name="Versions">The versions of .NET (<c>dotnet</c>) and of the libraries, by <see cref="Contender.Key"/>.</param>
/// <param name="Rows">In the order of <see cref="CompareOptions.All"/>, then by batch and threads.</param>
internal sealed record CompareResults(
    DateTimeOffset Date, CompareMachine Machine, SortedDictionary<string, string> Versions, IReadOnlyList<CompareRow> Rows)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // not HTML: "0.1.0+abc" needs no escapes
        Converters = { new RoundedNumber() },
    };

    /// <summary>Reads all files of a kind in a folder of results, ordered by the processors' names.</summary>
    /// <exception cref="ArgumentException">There are none.</exception>
    public static IReadOnlyList<CompareResults> ReadAll(string folder, CompareKind kind)
    {
        string[] files = Directory.Exists(folder) ? Directory.GetFiles(folder, FileName(kind), SearchOption.AllDirectories) : [];
        if (files.Length == 0) throw new ArgumentException($"There is no {FileName(kind)} below '{folder}'; compare with --output writes one.");
        return [.. files.Order(StringComparer.Ordinal).Select(Read)];
    }

    /// <summary>
    /// Writes this processor's file. Rows of an older file that were not measured again stay if all versions and the machine are the same.
    /// </summary>
    /// <param name="folder">The folder of all processors' results.</param>
    /// <param name="kind">What was compared; each kind has a separate file.</param>
    /// <returns>The file's path.</returns>
    public string Write(string folder, CompareKind kind)
    {
        string path = Path.Combine(folder, Machine.Slug, FileName(kind));
        CompareResults? old = File.Exists(path) ? Read(path) : null;
        bool goesOn = old is not null && old.Machine == Machine && old.Versions.SequenceEqual(Versions);
        IEnumerable<CompareRow> kept = goesOn ? old!.Rows.Where(row => !Rows.Any(row.IsSameAs)) : [];
        CompareResults all = this with
        {
            Rows = [.. kept.Concat(Rows).OrderBy(row => CompareOptions.All.IndexOf(row.Model)).ThenBy(row => row.Model, StringComparer.Ordinal).ThenBy(row => row.Batch).ThenBy(row => row.Threads)],
        };
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, JsonSerializer.Serialize(all, Json) + "\n");
        return path;
    }

    private static string FileName(CompareKind kind) => kind switch
    {
        CompareKind.Train => "train.json",
        CompareKind.Onnx => "onnx.json",
        _ => "compare.json",
    };

    private static CompareResults Read(string path) => JsonSerializer.Deserialize<CompareResults>(File.ReadAllText(path), Json)!;

    /// <summary>Six digits: more would be noise.</summary>
    private sealed class RoundedNumber : JsonConverter<double>
    {
        public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetDouble();

        public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options) =>
            writer.WriteNumberValue(double.Parse(value.ToString("G6", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture));
    }
}

/// <summary>What is compared.</summary>
internal enum CompareKind
{
    /// <summary>Inference of variants.</summary>
    Compare,

    /// <summary>Training steps of variants.</summary>
    Train,

    /// <summary>Inference of ONNX files.</summary>
    Onnx,
}

/// <summary>One network, batch and number of threads.</summary>
/// <param name="Model">The network's name.</param>
/// <param name="Batch">Images per call.</param>
/// <param name="Threads">Threads of each library.</param>
/// <param name="Date">When it was measured.</param>
/// <param name="Seconds">The length of a turn; <see cref="CompareTimes.Rounds"/> has one value per turn.</param>
/// <param name="Valid">False if the cores were not free: the peak of n threads was less than 0.9 n times the peak of one.</param>
/// <param name="OtherCores">The average number of cores that others used meanwhile; null if the system does not report it.</param>
/// <param name="Ratio">The best peer's median divided by ours: above 1, we are faster. Null without peers.</param>
/// <param name="PeakBefore">The multiply-add peak before the first turn, GFLOP/s by number of threads.</param>
/// <param name="PeakAfter">The same after the last turn.</param>
/// <param name="Runtimes">By <see cref="Contender.Key"/>, in the order of the turns.</param>
internal sealed record CompareRow(
    string Model, int Batch, int Threads, DateTimeOffset Date, double Seconds, bool Valid, double? OtherCores, double? Ratio,
    SortedDictionary<int, double> PeakBefore, SortedDictionary<int, double> PeakAfter, IReadOnlyDictionary<string, CompareTimes> Runtimes)
{
    /// <summary>The peak that shares refer to, GFLOP/s.</summary>
    [JsonIgnore]
    public double Peak => Math.Max(PeakBefore[Threads], PeakAfter[Threads]);

    public bool IsSameAs(CompareRow other) => (Model, Batch, Threads) == (other.Model, other.Batch, other.Threads);
}

/// <summary>One library's times in a row.</summary>
/// <param name="Median">Milliseconds per call: the median of <see cref="Rounds"/>.</param>
/// <param name="Min">The shortest of all calls.</param>
/// <param name="Gigaflops">GFLOP/s of the median.</param>
/// <param name="ShareOfPeak">The same as a share of <see cref="CompareRow.Peak"/>.</param>
/// <param name="Difference">The largest difference from our output as a share of the largest output; 0 for ours.</param>
/// <param name="Rounds">The median of each turn.</param>
internal sealed record CompareTimes(double Median, double Min, double Gigaflops, double ShareOfPeak, double Difference, IReadOnlyList<double> Rounds);
