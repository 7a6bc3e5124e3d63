using ResNetManaged.Tensors.Random;

namespace ResNetManaged.Datasets;

/// <summary>The order of the items in an epoch, a function of seed and epoch.</summary>
internal sealed class EpochOrder
{
    private readonly SampleOrder _kind;
    private readonly ulong _seed;
    private readonly int[] _order;
    private readonly int[][] _classes; // the items of each class that is not empty

    public EpochOrder(LabeledData data, SampleOrder kind, ulong seed)
    {
        (_kind, _seed) = (kind, seed);
        _order = new int[data.Count];
        _classes = kind == SampleOrder.ClassBalanced ? [.. Enumerable.Range(0, data.Count).GroupBy(data.LabelOf, (_, items) => items.ToArray())] : [];
    }

    /// <summary>The items of an epoch, in an array that the next call overwrites.</summary>
    public int[] Of(int epoch)
    {
        PhiloxGenerator random = new(_seed, (uint)RandomStream.Order, (uint)epoch);
        if (_kind == SampleOrder.ClassBalanced)
        {
            Balance(random);
            return _order;
        }
        for (int i = 0; i < _order.Length; i++) _order[i] = i;
        if (_kind == SampleOrder.Shuffled) random.Shuffle<int>(_order);
        return _order;
    }

    /// <summary>Takes items from the classes in turn, in a new order each round; an exhausted class is reshuffled.</summary>
    private void Balance(PhiloxGenerator random)
    {
        int[][] items = Array.ConvertAll(_classes, items => (int[])items.Clone()); // an epoch does not depend on those before it
        int[] dealt = new int[items.Length], turn = [.. Enumerable.Range(0, items.Length)];
        for (int i = 0; i < _order.Length; i++)
        {
            if (i % turn.Length == 0) random.Shuffle<int>(turn);
            int label = turn[i % turn.Length], next = dealt[label]++ % items[label].Length;
            if (next == 0) random.Shuffle<int>(items[label]);
            _order[i] = items[label][next];
        }
    }
}
