using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using ResNetManaged.Tensors.IO;

namespace ResNetManaged.Training.Runs;

/// <summary>A run's log: one JSON object per line, whose <c>type</c> is <c>tape</c>, <c>step</c>, <c>epoch</c> or, in the last line, <c>final</c>.</summary>
/// <remarks>
/// Names are those of <see cref="StepRecord"/>, <see cref="TrainingRecord"/> and <see cref="TrainingSummary"/> in snake_case. Each line is written with one
/// call, so a crash can cut only the last one short; reading ignores such a line, and resuming removes it.
/// </remarks>
internal static class TrainingLog
{
    private const string Tape = "tape", Step = "step", Epoch = "epoch", Final = "final";

    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }; // keeps names readable

    /// <summary>Says why the network trains on the gradient tape.</summary>
    public static void AppendTape(string path, string reason) => Append(path, Line(json =>
    {
        json.WriteString("type", Tape);
        json.WriteString("reason", reason);
    }));

    public static void Append(string path, StepRecord record) => Append(path, Line(json =>
    {
        json.WriteString("type", Step);
        json.WriteNumber("epoch", record.Epoch);
        json.WriteNumber("step", record.Step);
        WriteFinite(json, "loss", record.Loss);
        WriteFinite(json, "accuracy", record.Accuracy);
        WriteFinite(json, "learning_rate", record.LearningRate);
        WriteFinite(json, "images_per_s", Math.Round(record.ImagesPerSecond, 2));
        WriteFinite(json, "seconds", Math.Round(record.Seconds, 3));
    }));

    public static void Append(string path, TrainingRecord record) => Append(path, Line(json => WriteMembers(json, record)));

    public static void Append(string path, TrainingSummary summary) => Append(path, Line(json => WriteMembers(json, summary)));

    /// <summary>Writes the members of an epoch's line.</summary>
    public static void WriteMembers(Utf8JsonWriter json, TrainingRecord record)
    {
        json.WriteString("type", Epoch);
        json.WriteNumber("epoch", record.Epoch);
        json.WriteNumber("step", record.Step);
        WriteFinite(json, "train_loss", record.TrainLoss);
        WriteFinite(json, "train_accuracy", record.TrainAccuracy);
        WriteFinite(json, "validation_loss", record.ValidationLoss);
        WriteFinite(json, "validation_accuracy", record.ValidationAccuracy);
        WriteFinite(json, "learning_rate", record.LearningRate);
        WriteFinite(json, "images_per_s", Math.Round(record.ImagesPerSecond, 2));
        WriteFinite(json, "seconds", Math.Round(record.Seconds, 3));
    }

    /// <summary>Writes the members of the last line.</summary>
    public static void WriteMembers(Utf8JsonWriter json, TrainingSummary summary)
    {
        json.WriteString("type", Final);
        json.WriteString("end", JsonNamingPolicy.SnakeCaseLower.ConvertName(summary.End.ToString()));
        json.WriteNumber("epochs", summary.Epochs);
        json.WriteNumber("steps", summary.Steps);
        WriteFinite(json, "seconds", Math.Round(summary.Seconds, 3));
        json.WriteNumber("best_epoch", summary.BestEpoch);
        WriteFinite(json, "validation_loss", summary.ValidationLoss);
        WriteFinite(json, "validation_accuracy", summary.ValidationAccuracy);
        json.WriteStartArray("class_names");
        foreach (string name in summary.ClassNames) json.WriteStringValue(name);
        json.WriteEndArray();
        json.WriteStartArray("confusion");
        foreach (int count in summary.Confusion) json.WriteNumberValue(count);
        json.WriteEndArray();
    }

    /// <summary>Reads the epochs and, if the run has ended, the summary.</summary>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public static (IReadOnlyList<TrainingRecord> Epochs, TrainingSummary? Summary) Read(string path)
    {
        List<TrainingRecord> epochs = [];
        TrainingSummary? summary = null;
        foreach (string text in File.ReadLines(path))
        {
            if (!TryParse(text, out JsonElement line)) continue;
            switch (line.GetProperty("type").GetString())
            {
                case Epoch: epochs.Add(ToRecord(line)); break;
                case Final: summary = ToSummary(line); break;
            }
        }
        return (epochs, summary);
    }

    /// <summary>Removes the lines after a step and an epoch, which a run that continues from there writes again. A missing file stays missing.</summary>
    public static void CutAfter(string path, long step, int epoch)
    {
        if (!File.Exists(path)) return;
        string[] kept = [.. File.ReadLines(path).Where(text => TryParse(text, out JsonElement line) && IsBefore(line))];
        AtomicFile.Write(path, stream =>
        {
            using StreamWriter writer = new(stream, leaveOpen: true) { NewLine = "\n" };
            foreach (string line in kept) writer.WriteLine(line);
        });

        bool IsBefore(JsonElement line) => line.GetProperty("type").GetString() switch
        {
            Tape => step > 0,
            Step => line.GetProperty("step").GetInt64() <= step && line.GetProperty("epoch").GetInt32() <= epoch + 1,
            Epoch => line.GetProperty("epoch").GetInt32() <= epoch,
            _ => false,
        };
    }

    private static ReadOnlySpan<byte> Line(Action<Utf8JsonWriter> members)
    {
        ArrayBufferWriter<byte> line = new();
        using (Utf8JsonWriter json = new(line, Options))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }
        line.Write("\n"u8);
        return line.WrittenSpan;
    }

    private static void Append(string path, ReadOnlySpan<byte> line)
    {
        using FileStream file = new(path, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);
        file.Write(line);
    }

    /// <summary>Parses a line; false if it is cut short or is not one of a log.</summary>
    private static bool TryParse(string text, out JsonElement line)
    {
        line = default;
        if (!text.EndsWith('}')) return false;
        try
        {
            line = JsonElement.Parse(text);
            return line.ValueKind == JsonValueKind.Object && line.TryGetProperty("type", out _);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static TrainingRecord ToRecord(JsonElement line) => new()
    {
        Epoch = line.GetProperty("epoch").GetInt32(),
        Step = line.GetProperty("step").GetInt64(),
        TrainLoss = Number(line, "train_loss") ?? double.NaN,
        TrainAccuracy = Number(line, "train_accuracy") ?? double.NaN,
        ValidationLoss = Number(line, "validation_loss"),
        ValidationAccuracy = Number(line, "validation_accuracy"),
        LearningRate = Number(line, "learning_rate") ?? double.NaN,
        ImagesPerSecond = Number(line, "images_per_s") ?? double.NaN,
        Seconds = Number(line, "seconds") ?? double.NaN,
    };

    private static TrainingSummary ToSummary(JsonElement line) => new()
    {
        End = Enum.GetValues<TrainingEnd>().First(end => JsonNamingPolicy.SnakeCaseLower.ConvertName(end.ToString()) == line.GetProperty("end").GetString()),
        Epochs = line.GetProperty("epochs").GetInt32(),
        Steps = line.GetProperty("steps").GetInt64(),
        Seconds = Number(line, "seconds") ?? double.NaN,
        BestEpoch = line.GetProperty("best_epoch").GetInt32(),
        ValidationLoss = Number(line, "validation_loss"),
        ValidationAccuracy = Number(line, "validation_accuracy"),
        ClassNames = [.. line.GetProperty("class_names").EnumerateArray().Select(name => name.GetString()!)],
        Confusion = [.. line.GetProperty("confusion").EnumerateArray().Select(count => count.GetInt32())],
    };

    private static double? Number(JsonElement line, string name) =>
        line.GetProperty(name) is { ValueKind: JsonValueKind.Number } number ? number.GetDouble() : null;

    /// <summary>Writes null for a number that is missing or not finite, which JSON cannot represent.</summary>
    private static void WriteFinite(Utf8JsonWriter json, string name, double? value)
    {
        if (value is double number && double.IsFinite(number)) json.WriteNumber(name, number);
        else json.WriteNull(name);
    }
}
