using System.Globalization;

namespace ResNetManaged.Pretrained.Storage;

/// <summary>The part of a file that has been downloaded, next to its final name, and what it is a part of.</summary>
/// <remarks>
/// The state is written after the data has been removed and before new data is added, so that data never belongs to another version than the state says,
/// whenever the process ends.
/// </remarks>
internal sealed class PartialFile(string target)
{
    private readonly string _state = target + ".part.state";

    /// <summary>Where the data is.</summary>
    public string Path { get; } = target + ".part";

    /// <summary>The address of the file.</summary>
    public string? Address { get; private set; }

    /// <summary>The version's strong validator; null if it had none.</summary>
    public string? ETag { get; private set; }

    /// <summary>The length of the whole file; null if unknown.</summary>
    public long? Total { get; private set; }

    /// <summary>The bytes that are there.</summary>
    public long Length { get; private set; }

    /// <summary>Reads what an earlier process left; a part of another file counts as nothing.</summary>
    public void Read(string address)
    {
        (Address, ETag, Total, Length) = (null, null, null, 0);
        if (!File.Exists(Path) || !File.Exists(_state)) return;
        string[] lines = File.ReadAllLines(_state);
        if (lines is not [var from, var etag, var total, "end"] || from != address) return;
        Address = from;
        ETag = etag.Length > 0 ? etag : null;
        Total = long.TryParse(total, NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : null;
        Length = new FileInfo(Path).Length;
    }

    /// <summary>Opens the data for appending. No other process may have it open.</summary>
    public FileStream Append() => new(Path, FileMode.Append, FileAccess.Write, FileShare.None, bufferSize: 1, useAsync: true);

    /// <summary>Removes the data and begins a new version.</summary>
    public FileStream Begin(string address, string? etag, long? total)
    {
        FileStream data = new(Path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 1, useAsync: true);
        File.WriteAllText(_state, string.Create(CultureInfo.InvariantCulture, $"{address}\n{etag}\n{total}\nend\n"));
        (Address, ETag, Total, Length) = (address, etag, total, 0);
        return data;
    }

    /// <summary>Counts bytes that were written.</summary>
    public void Add(int bytes) => Length += bytes;

    /// <summary>Removes the data and its state.</summary>
    public void Discard()
    {
        File.Delete(Path);
        File.Delete(_state);
        (Address, ETag, Total, Length) = (null, null, null, 0);
    }

    /// <summary>Gives the complete data its final name.</summary>
    public void Finish()
    {
        using (FileStream data = new(Path, FileMode.Open, FileAccess.ReadWrite)) data.Flush(flushToDisk: true);
        File.Move(Path, target, overwrite: true);
        File.Delete(_state);
    }
}
