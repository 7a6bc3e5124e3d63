using ResNetManaged.Kernels.Memory;
using ResNetManaged.Kernels.Threading;
using ResNetManaged.Tensors;

namespace ResNetManaged.Kernels.Optimizers;

/// <summary>Applies an elementwise update to many arrays on several threads: each takes one run of all the elements, laid end to end.</summary>
/// <remarks>The ends of the runs depend on the number of threads, so an element's result must not depend on any other element. No two threads write
/// to the same cache line of an array that starts at one.</remarks>
internal sealed class ArrayTeam : ITeamWork
{
    private const int LinesPerThread = 1 << 15; // 2 MiB of each array, about 100 microseconds: waking a thread takes as long

    private readonly int[] _lengths;
    private readonly int[] _firstLines; // of each array, and the end
    private readonly Action<int, int, int> _update;
    private readonly WorkerTeam _team = new();

    /// <summary>Prepares; nothing runs yet.</summary>
    /// <param name="lengths">Elements of each array.</param>
    /// <param name="update">Given an array's index, a first element and a number of elements; called on several threads at once.</param>
    public ArrayTeam(IEnumerable<int> lengths, Action<int, int, int> update)
    {
        _lengths = [.. lengths];
        _update = update;
        _firstLines = new int[_lengths.Length + 1];
        for (int i = 0; i < _lengths.Length; i++) _firstLines[i + 1] = checked(_firstLines[i] + Sizes.CeilingDivide(_lengths[i], CacheLine.Floats));
    }

    /// <summary>Updates all elements once, on up to that many threads. Allocates nothing after the first calls.</summary>
    public void Run(int threads) => _team.Run(Math.Clamp(_firstLines[^1] / LinesPerThread, 1, threads), this);

    void ITeamWork.Run(WorkShare share, TeamBarrier barrier)
    {
        (int first, int end) = share.Of(_firstLines[^1]);
        for (int i = 0; i < _lengths.Length; i++)
        {
            int from = Element(first, i), to = Element(end, i);
            if (from < to) _update(i, from, to - from);
        }
    }

    /// <summary>The element of an array at which a line starts: 0 if the line is before the array, the length if after.</summary>
    private int Element(int line, int array) => (int)Math.Clamp((long)(line - _firstLines[array]) * CacheLine.Floats, 0, _lengths[array]);
}
