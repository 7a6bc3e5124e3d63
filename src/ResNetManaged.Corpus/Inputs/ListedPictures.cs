using System.Text;
using System.Text.Json;
using ResNetManaged.Imaging;

namespace ResNetManaged.Corpus.Inputs;

/// <summary>A shard of listed pictures: consecutive lines of the plan's list.</summary>
/// <param name="shard">The shard's number.</param>
/// <param name="list">The plan's list, a JSON string per line.</param>
/// <param name="offset">Where the first line starts, in bytes.</param>
/// <param name="count">The number of lines.</param>
internal sealed class ListedPictures(int shard, string list, long offset, long count) : ShardInput
{
    /// <inheritdoc/>
    public override long? Count => count;

    /// <inheritdoc/>
    public override IEnumerable<CorpusItem> Read(ImageFileOptions reading)
    {
        using FileStream file = new(list, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1);
        file.Position = offset;
        using StreamReader text = new(file, Encoding.UTF8, detectEncodingFromByteOrderMarks: false, bufferSize: 1 << 14);
        for (long i = 0; i < count; i++)
        {
            string path = PathOf(text.ReadLine());
            yield return new CorpusItem(path, ImageSource.File(path, reading), []);
        }
    }

    private string PathOf(string? line)
    {
        try
        {
            if (line is not null && JsonElement.Parse(line) is { ValueKind: JsonValueKind.String } path) return path.GetString()!;
        }
        catch (JsonException)
        {
            // the same message
        }
        throw new ShardException(shard, $"the list '{list}' is damaged; expected {count} paths from byte {offset} on");
    }
}
