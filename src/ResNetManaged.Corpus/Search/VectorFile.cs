using System.IO.MemoryMappedFiles;
using ResNetManaged.Serialization;

namespace ResNetManaged.Corpus.Search;

/// <summary>The rows of a <c>.npy</c> file of any size, mapped into memory and not read until they are used.</summary>
internal sealed unsafe class VectorFile : IDisposable
{
    private readonly MemoryMappedFile _map;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _start;
    private bool _disposed;

    /// <summary>Maps a file.</summary>
    /// <exception cref="NpyFormatException">It is not a little-endian float32 array <c>[N, D]</c> in row order, or its length is wrong.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public VectorFile(string path)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 1);
        (Rows, Dimensions) = NpyHeader.ReadMatrix(file, path);
        long offset = file.Position, needed = Rows * Dimensions * sizeof(float);
        if (file.Length - offset != needed) throw new NpyFormatException(path, $"has {file.Length - offset} bytes of data", $"shape [{Rows}, {Dimensions}] of '<f4' needs {needed}");
        _map = MemoryMappedFile.CreateFromFile(file, mapName: null, capacity: 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        _view = _map.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        byte* start = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        _start = start + _view.PointerOffset + offset;
    }

    /// <summary>N.</summary>
    public long Rows { get; }

    /// <summary>D.</summary>
    public int Dimensions { get; }

    /// <summary>A row, which is valid until the file is disposed of.</summary>
    public ReadOnlySpan<float> Row(long row)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(row);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, Rows);
        return new ReadOnlySpan<float>(_start + row * Dimensions * sizeof(float), Dimensions);
    }

    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _map.Dispose();
    }
}
