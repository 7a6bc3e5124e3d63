using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ResNetManaged.Corpus.Running;

/// <summary>
/// Says which pictures of a shard were in work when a process died, so that a picture that kills the process is found. Its lock also keeps two
/// processes from the same shard.
/// </summary>
/// <remarks>
/// After a death, the pictures that were in work are done one by one (the window). A picture at which the process then dies <see cref="MostStrikes"/> times
/// in a row is written down as failed. The file is a record of fixed length, overwritten in place, followed by the pictures that were found so. A write
/// survives the death of the process; if the machine loses it, the shard only starts with an empty record.
/// </remarks>
internal sealed class ShardJournal : IDisposable
{
    /// <summary>How often a picture may end the process, alone in work, until it counts as failed.</summary>
    public const int MostStrikes = 3;

    private const int Fields = 6, Done = 0, Started = 1, WindowStart = 2, WindowEnd = 3, Suspect = 4, Strikes = 5; // Suspect is 1-based; 0 for none

    private readonly string _path;
    private readonly SafeFileHandle _file;
    private readonly Lock _lock = new();
    private readonly long[] _record = new long[Fields];
    private readonly HashSet<long> _killers = [];
    private bool _finished;

    private ShardJournal(string path, SafeFileHandle file)
    {
        (_path, _file) = (path, file);
        Recall();
    }

    /// <summary>The pictures from this one to before <see cref="CarefulEnd"/> are done one by one.</summary>
    public long CarefulStart => _record[WindowStart];

    /// <summary>See <see cref="CarefulStart"/>.</summary>
    public long CarefulEnd => _record[WindowEnd];

    /// <summary>Opens the journal of a shard; null if another process has it.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static ShardJournal? TryOpen(string path)
    {
        SafeFileHandle file;
        try
        {
            file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException exception) when (IsLocked(exception))
        {
            return null;
        }
        try
        {
            return new ShardJournal(path, file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Whether a picture killed the process too often.</summary>
    public bool IsKiller(long index) => _killers.Contains(index);

    /// <summary>A picture is about to be worked on, after all before it.</summary>
    public void Start(long index)
    {
        lock (_lock) Set(Started, index + 1);
    }

    /// <summary>The results of all pictures before this one are written.</summary>
    public void Finish(long count)
    {
        lock (_lock) Set(Done, count);
    }

    /// <summary>A picture is about to be worked on alone. Counts a strike against it, which <see cref="Pass"/> takes back.</summary>
    /// <returns>False if it had too many; it is then a killer.</returns>
    public bool TryAlone(long index)
    {
        if (IsKiller(index)) return false;
        bool again = _record[Suspect] == index + 1;
        if (again && _record[Strikes] >= MostStrikes)
        {
            RandomAccess.Write(_file, MemoryMarshal.AsBytes<long>([index]), (Fields + _killers.Count) * sizeof(long));
            _killers.Add(index);
            (_record[WindowStart], _record[Suspect], _record[Strikes]) = (index + 1, 0, 0);
            Write();
            return false;
        }
        _record[Strikes] = again ? _record[Strikes] + 1 : 1;
        _record[Suspect] = index + 1;
        Write();
        return true;
    }

    /// <summary>The picture did not kill the process.</summary>
    public void Pass(long index)
    {
        (_record[WindowStart], _record[Suspect], _record[Strikes]) = (index + 1, 0, 0);
        Write();
    }

    /// <summary>The shard is done, and the journal no longer needed.</summary>
    public void Complete() => _finished = true;

    /// <summary>Gives the shard back; nothing is in work any more.</summary>
    public void Dispose()
    {
        if (!_finished)
        {
            try
            {
                (_record[Done], _record[Started]) = (0, 0);
                if (_record[Suspect] != 0) _record[Strikes]--; // this end was not the picture's fault
                if (_record[Strikes] <= 0) (_record[Suspect], _record[Strikes]) = (0, 0);
                Write();
            }
            catch (IOException)
            {
                // the disk is full; pictures are then done one by one without need
            }
        }
        _file.Dispose();
        if (_finished || _killers.Count == 0 && CarefulEnd <= CarefulStart && _record[Suspect] == 0) TryDelete();
    }

    /// <summary>Whether an error says that another process has the file: EAGAIN on Linux and macOS, a sharing violation on Windows.</summary>
    private static bool IsLocked(IOException exception) => exception.HResult is 11 or 35 or unchecked((int)0x80070020);

    private void TryDelete()
    {
        try
        {
            File.Delete(_path);
        }
        catch (IOException)
        {
            // another process has it, will see the manifest and delete it
        }
    }

    private void Recall()
    {
        long length = RandomAccess.GetLength(_file);
        if (length < Fields * sizeof(long)) return;
        RandomAccess.Read(_file, MemoryMarshal.AsBytes(_record.AsSpan()), 0);
        long[] killers = new long[length / sizeof(long) - Fields];
        RandomAccess.Read(_file, MemoryMarshal.AsBytes(killers.AsSpan()), Fields * sizeof(long));
        _killers.UnionWith(killers);
        (long done, long started) = (_record[Done], _record[Started]);
        if (started > done) // the process died with these in work
        {
            bool hasWindow = _record[WindowEnd] > _record[WindowStart];
            _record[WindowStart] = hasWindow ? Math.Min(_record[WindowStart], done) : done;
            _record[WindowEnd] = hasWindow ? Math.Max(_record[WindowEnd], started) : started;
        }
        (_record[Done], _record[Started]) = (0, 0);
        Write();
    }

    private void Set(int field, long value)
    {
        _record[field] = value;
        Write();
    }

    private void Write() => RandomAccess.Write(_file, MemoryMarshal.AsBytes<long>(_record), 0);
}
