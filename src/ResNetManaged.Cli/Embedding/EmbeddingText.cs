using System.Globalization;
using ResNetManaged.Cli.Output;
using ResNetManaged.Corpus.Search;
using ResNetManaged.Search;

namespace ResNetManaged.Cli.Embedding;

/// <summary>Vectors as text: one line per file, in the shortest form that reads back as the same float32.</summary>
internal static class EmbeddingText
{
    /// <summary>CSV (RFC 4180): <c>file,0,1,...</c></summary>
    public static void WriteCsv(TextWriter output, IReadOnlyList<EmbeddedFile> files, VectorFile vectors)
    {
        output.WriteLine($"file,{string.Join(',', Enumerable.Range(0, vectors.Dimensions).Select(i => i.ToString(CultureInfo.InvariantCulture)))}");
        for (int row = 0; row < files.Count; row++)
        {
            output.Write(Field(files[row].File));
            foreach (float number in vectors.Row(row))
            {
                output.Write(',');
                output.Write(number.ToString(CultureInfo.InvariantCulture));
            }
            output.WriteLine();
        }
    }

    /// <summary>JSON lines: <c>{"file":"a.jpg","embedding":[...]}</c>.</summary>
    public static void WriteJsonLines(TextWriter output, IReadOnlyList<EmbeddedFile> files, VectorFile vectors)
    {
        for (int i = 0; i < files.Count; i++)
        {
            int row = i;
            JsonLine.Write(output, line =>
            {
                line.WriteString("file", files[row].File);
                line.WriteStartArray("embedding");
                foreach (float number in vectors.Row(row)) line.WriteNumberValue(number);
                line.WriteEndArray();
            });
        }
    }

    private static string Field(string text) => text.AsSpan().IndexOfAny(",\"\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"")}\"";
}
