using System.Globalization;
using ResNetManaged.Cli.Output;
using ResNetManaged.Tensors;

namespace ResNetManaged.Cli.Embedding;

/// <summary>Vectors as text: one line per file, in the shortest form that reads back as the same float32.</summary>
internal static class EmbeddingText
{
    /// <summary>CSV (RFC 4180): <c>file,0,1,...</c></summary>
    public static void WriteCsv(TextWriter output, IReadOnlyList<string> files, Tensor vectors)
    {
        int length = vectors.Shape[1];
        output.WriteLine($"file,{string.Join(',', Enumerable.Range(0, length).Select(i => i.ToString(CultureInfo.InvariantCulture)))}");
        for (int row = 0; row < files.Count; row++)
        {
            output.Write(Field(files[row]));
            foreach (float number in vectors.ReadOnlySpan.Slice(row * length, length))
            {
                output.Write(',');
                output.Write(number.ToString(CultureInfo.InvariantCulture));
            }
            output.WriteLine();
        }
    }

    /// <summary>JSON lines: <c>{"file":"a.jpg","embedding":[...]}</c>.</summary>
    public static void WriteJsonLines(TextWriter output, IReadOnlyList<string> files, Tensor vectors)
    {
        int length = vectors.Shape[1];
        for (int row = 0; row < files.Count; row++)
        {
            JsonLine.Write(output, line =>
            {
                line.WriteString("file", files[row]);
                line.WriteStartArray("embedding");
                foreach (float number in vectors.ReadOnlySpan.Slice(row * length, length)) line.WriteNumberValue(number);
                line.WriteEndArray();
            });
        }
    }

    private static string Field(string text) => text.AsSpan().IndexOfAny(",\"\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"")}\"";
}
