using ResNetManaged.Kernels.Memory;
using ResNetManaged.Tensors;

namespace ResNetManaged.Plans;

/// <summary>A block of an arena, in use during one or more intervals of time: blocks whose intervals do not overlap may share memory.</summary>
internal sealed class ArenaBlock(long bytes)
{
    private readonly List<(int First, int Last)> _lives = [];

    /// <summary>The block's size in bytes.</summary>
    public long Bytes => bytes;

    /// <summary>In bytes from the arena's start, once the arena is arranged.</summary>
    public long Offset { get; private set; }

    private long Space => Sizes.RoundUp(bytes, CacheLine.Bytes);

    /// <summary>Begins a new life, in the same place, at a time when the block is filled, regardless of its old contents.</summary>
    public void BeginAt(int time) => _lives.Add((time, time));

    /// <summary>Records that the block is in use at a time; each life lasts from its first such time to its last.</summary>
    public void UseAt(int time)
    {
        if (_lives.Count == 0) BeginAt(time);
        else _lives[^1] = (Math.Min(_lives[^1].First, time), Math.Max(_lives[^1].Last, time));
    }

    /// <summary>Places the blocks, the largest first, each at the lowest offset where it overlaps no block that is alive at the same time.</summary>
    /// <returns>The arena's size in bytes.</returns>
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
