using System.Text;

namespace ResNetManaged.Corpus.Inputs;

/// <summary>Reads comma-separated values (RFC 4180): quoted fields may contain commas, doubled quotes and line breaks.</summary>
internal static class DelimitedText
{
    private const int LongestRecord = 1 << 24; // characters; more is a quote that is never closed

    /// <summary>The records, one at a time, without empty lines.</summary>
    /// <exception cref="CorpusException">A quote is not closed.</exception>
    public static IEnumerable<List<string>> Read(TextReader text, string name)
    {
        List<string> fields = [];
        StringBuilder field = new();
        bool quoted = false;
        int length = 0;
        while (true)
        {
            int next = text.Read();
            if (++length > LongestRecord || next < 0 && quoted)
                throw new CorpusException($"The list '{name}' has a quoted field that does not end; expected a closing quote.");
            if (quoted && next != '"')
            {
                field.Append((char)next);
                continue;
            }
            switch (next)
            {
                case '"' when quoted && text.Peek() == '"':
                    field.Append((char)text.Read());
                    break;
                case '"' when quoted || field.Length == 0:
                    quoted = !quoted;
                    break;
                case ',':
                    EndField();
                    break;
                case '\r' when text.Peek() == '\n':
                    break;
                case '\n' or < 0:
                    EndField();
                    if (fields is not [""]) yield return fields;
                    if (next < 0) yield break;
                    (fields, length) = ([], 0);
                    break;
                default:
                    field.Append((char)next);
                    break;
            }
        }

        void EndField()
        {
            fields.Add(field.ToString());
            field.Clear();
        }
    }
}
