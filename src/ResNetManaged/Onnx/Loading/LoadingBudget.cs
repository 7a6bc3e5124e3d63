using ResNetManaged.Onnx.Model;
using ResNetManaged.Serialization;

namespace ResNetManaged.Onnx.Loading;

/// <summary>What a file may cost to read: memory for what it does not contain, such as repeated constants and functions, and arithmetic.</summary>
/// <param name="length">The file's length in bytes.</param>
internal sealed class LoadingBudget(long length)
{
    /// <summary>The most elements of one tensor while a file is read: those of a large batch of a large image.</summary>
    public const int MostElements = 1 << 26;

    private const int PerByte = 16;
    private const long ForAny = 64 << 20;
    private const long WorkForAny = 1 << 28, WorkPerByte = 64;

    private long _memory = Of(length);
    private long _work = WorkForAny + WorkPerByte * length;

    /// <summary>Whether results are constants, which stay in memory, or shapes of a network that is traced.</summary>
    public bool IsFolding { get; set; } = true;

    /// <summary>The most elements that a node may make now.</summary>
    public int ElementsLeft => IsFolding ? (int)Math.Min(MostElements, _memory / sizeof(double)) : MostElements;

    /// <summary>The bytes that a file of some length may take beyond itself.</summary>
    public static long Of(long length) => PerByte * length + ForAny;

    /// <summary>Takes memory that stays.</summary>
    /// <exception cref="CheckpointException">There is not as much left.</exception>
    public void TakeMemory(OnnxNode node, long bytes)
    {
        if (bytes > _memory)
        {
            throw OnnxErrors.Node(node, $"makes more data than a file of {length} bytes may",
                $"expected constants and functions of at most {PerByte} bytes for each of the file's, and {ForAny >> 20} MB");
        }
        _memory -= bytes;
    }

    /// <summary>Takes additions, or copies of elements.</summary>
    public void TakeWork(OnnxNode node, long count)
    {
        if (count > _work)
            throw OnnxErrors.Node(node, "is more arithmetic than reading a file may take", "expected constants that the exporter has computed");
        _work -= count;
    }
}
