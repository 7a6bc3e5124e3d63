using ResNetManaged.Kernels.Memory;
using ResNetManaged.Tensors;

namespace ResNetManaged.Plans;

/// <summary>Memory of an arena that is in use for one interval or several: blocks whose intervals do not overlap may share it.</summary>
internal sealed class ArenaBlock(long bytes)
{
    private readonly List<(int First, int Last)> _lives = [];

    /// <summary>Bytes that the block holds.</summary>
    public long Bytes => bytes;

    /// <summary>In bytes from the arena's start, once it is arranged.</summary>
    public long Offset { get; private set; }

    private long Space => Sizes.RoundUp(bytes, CacheLine.Bytes);

    /// <summary>Begins a new life at a time when the block is filled, whatever it held before: at the same place.</summary>
    public void BeginAt(int time) => _lives.Add((time, time));

    /// <summary>Says that the block is in use at a time, so from the first such time of this life to the last.</summary>
    public void UseAt(int time)
    {
        if (_lives.Count == 0) BeginAt(time);
        else _lives[^1] = (Math.Min(_lives[^1].First, time), Math.Max(_lives[^1].Last, time));
    }

    /// <summary>Places each block: the largest first, each at the lowest offset where nothing alive at the same time is in the way.</summary>
    /// <returns>Bytes of the arena.</returns>
    public static long Arrange(IEnumerable<ArenaBlock> blocks)
    {
        List<ArenaBlock> placed = []; // by offset
        long length = 0;
        foreach (ArenaBlock block in blocks.OrderByDescending(block => block.Space))
        {
            long offset = 0;
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
