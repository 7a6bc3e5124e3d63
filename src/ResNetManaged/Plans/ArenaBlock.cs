using ResNetManaged.Kernels.Memory;
using ResNetManaged.Tensors;

namespace ResNetManaged.Plans;

/// <summary>Memory of an arena that is needed for a while, or for several: blocks whose times do not overlap may share it.</summary>
internal sealed class ArenaBlock
{
    private readonly List<(int First, int Last)> _lives = [];

    /// <summary>Floats.</summary>
    public required int Length { get; init; }

    /// <summary>In floats from the arena's start, once it is arranged.</summary>
    public int Offset { get; private set; }

    private int Space => Sizes.RoundUp(Length, CacheLine.Floats);

    /// <summary>Says that it is filled at a time, whatever became meanwhile of what it held: a new life, at the same place.</summary>
    public void BeginAt(int time) => _lives.Add((time, time));

    /// <summary>Says that it is in use at a time, hence from the first such time of this life to the last.</summary>
    public void UseAt(int time)
    {
        if (_lives.Count == 0) BeginAt(time);
        else _lives[^1] = (Math.Min(_lives[^1].First, time), Math.Max(_lives[^1].Last, time));
    }

    /// <summary>Gives each block a place: the largest first, each at the lowest offset where nothing that lives at the same time is in the way.</summary>
    /// <returns>Floats of the arena.</returns>
    public static int Arrange(IEnumerable<ArenaBlock> blocks)
    {
        List<ArenaBlock> placed = []; // by offset
        int length = 0;
        foreach (ArenaBlock block in blocks.OrderByDescending(block => block.Space))
        {
            int offset = 0;
            foreach (ArenaBlock other in placed)
            {
                if (!block.Overlaps(other)) continue;
                if (offset + block.Space <= other.Offset) break;
                offset = Math.Max(offset, checked(other.Offset + other.Space));
            }
            block.Offset = offset;
            placed.Insert(placed.FindLastIndex(other => other.Offset <= offset) + 1, block);
            length = Math.Max(length, checked(offset + block.Space));
        }
        return length;
    }

    private bool Overlaps(ArenaBlock other) => _lives.Exists(life => other._lives.Exists(its => life.First <= its.Last && its.First <= life.Last));
}
