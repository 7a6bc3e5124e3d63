namespace ResNetManaged.Pretrained.Names;

/// <summary>Finds the name that was probably meant.</summary>
internal static class Suggestion
{
    private const int MostEdits = 3;

    /// <summary>The known name that is nearest to the given one, regardless of case; null if none is near.</summary>
    public static string? For(string name, IEnumerable<string> known)
    {
        string given = name.ToLowerInvariant();
        (string Name, int Edits)[] near =
        [
            .. known.Select(candidate => (candidate, Edits(given, candidate.ToLowerInvariant())))
                .Where(candidate => candidate.Item2 <= Math.Min(MostEdits, candidate.candidate.Length / 2)),
        ];
        return near.Length == 0 ? null : near.MinBy(candidate => candidate.Edits).Name;
    }

    /// <summary>Levenshtein's distance: how many characters to insert, delete or replace.</summary>
    private static int Edits(string from, string to)
    {
        int[] row = [.. Enumerable.Range(0, to.Length + 1)];
        for (int i = 1; i <= from.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= to.Length; j++)
            {
                int replaced = diagonal + (from[i - 1] == to[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, 1 + Math.Min(diagonal, row[j - 1]));
            }
        }
        return row[^1];
    }
}
