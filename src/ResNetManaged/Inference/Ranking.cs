namespace ResNetManaged.Inference;

/// <summary>Orders classes: larger scores first, the lower index first among equal scores, NaN last.</summary>
internal static class Ranking
{
    /// <summary>The indices of the <paramref name="count"/> best scores, best first; all of them if there are fewer.</summary>
    public static int[] Top(ReadOnlySpan<float> scores, int count)
    {
        int[] top = new int[Math.Min(count, scores.Length)];
        int filled = 0;
        for (int i = 0; i < scores.Length; i++)
        {
            int place = filled;
            while (place > 0 && IsBefore(scores, i, top[place - 1])) place--;
            if (place == top.Length) continue;
            filled = Math.Min(filled + 1, top.Length);
            for (int later = filled - 1; later > place; later--) top[later] = top[later - 1];
            top[place] = i;
        }
        return top;
    }

    /// <summary>The number of classes that rank above class <paramref name="index"/>; 0 for the best.</summary>
    public static int RankOf(ReadOnlySpan<float> scores, int index)
    {
        int rank = 0;
        for (int i = 0; i < scores.Length; i++)
        {
            if (i != index && IsBefore(scores, i, index)) rank++;
        }
        return rank;
    }

    private static bool IsBefore(ReadOnlySpan<float> scores, int left, int right)
    {
        int order = scores[left].CompareTo(scores[right]); // CompareTo ranks NaN below every number
        return order > 0 || (order == 0 && left < right);
    }
}
