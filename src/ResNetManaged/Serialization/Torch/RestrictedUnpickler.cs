using System.Buffers.Binary;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.IO;

namespace ResNetManaged.Serialization.Torch;

/// <summary>Reads a pickle as data: tensors and plain containers, never code.</summary>
/// <remarks>
/// A pickle is a program for a stack machine. This machine knows the opcodes of <see cref="PickleOpcode"/> and the names of
/// <see cref="PickleSymbols"/>; it has no instruction that could import or run anything, and objects of other classes have no content. Every resource
/// that a pickle can request is capped below, at ten or more times what the largest checkpoint of a ResNet with its optimizer needs.
/// </remarks>
/// <param name="reader">The pickle.</param>
/// <param name="arrays">Makes NumPy's arrays; null for a pickle that has none.</param>
internal sealed class RestrictedUnpickler(PickleReader reader, NumpyPickle? arrays = null)
{
    private const int MaxSteps = 2_000_000; // a tensor takes about 30
    private const int MaxStack = 1 << 16;
    private const int MaxMarks = 256; // open containers
    private const int MaxMemo = 1 << 20;
    private const int MaxString = 1 << 20; // bytes
    private const int MaxName = 256; // bytes of a global's module or name
    private const int MaxStorageKey = 256; // characters; the key is hashed at each mention
    private const int MaxInteger = 255; // bytes

    private readonly List<object?> _stack = [];
    private readonly Stack<int> _marks = []; // positions in the stack
    private readonly Dictionary<uint, object?> _memo = [];
    private readonly Dictionary<string, TorchStorage> _storages = new(StringComparer.Ordinal);
    private int _steps;

    /// <summary>Every storage that the pickle names, by key.</summary>
    public IReadOnlyDictionary<string, TorchStorage> Storages => _storages;

    /// <summary>Reads one pickle, up to its STOP.</summary>
    /// <returns>Its value: see <see cref="PickleDict"/>.</returns>
    /// <exception cref="CheckpointException">The pickle is damaged, too large, or names something outside the closed set.</exception>
    public object? Load()
    {
        if ((PickleOpcode)reader.ReadByte() != PickleOpcode.Proto || reader.ReadByte() is < 2 or > 5)
            throw reader.Fail("does not start like a pickle", "expected protocol 2 to 5");
        for (; ; )
        {
            Spend(1);
            PickleOpcode opcode = (PickleOpcode)reader.ReadByte();
            if (opcode == PickleOpcode.Stop) return Pop();
            Execute(opcode);
        }
    }

    private void Execute(PickleOpcode opcode)
    {
        switch (opcode)
        {
            case PickleOpcode.Frame: reader.ReadUInt64(); break; // a hint for read-ahead
            case PickleOpcode.Mark: PushMark(); break;
            case PickleOpcode.Pop: Pop(); break;
            case PickleOpcode.PopMark: PopToMark(); break;

            case PickleOpcode.None: Push(null); break;
            case PickleOpcode.NewTrue: Push(true); break;
            case PickleOpcode.NewFalse: Push(false); break;
            case PickleOpcode.BinInt: Push((long)reader.ReadInt32()); break;
            case PickleOpcode.BinInt1: Push((long)reader.ReadByte()); break;
            case PickleOpcode.BinInt2: Push((long)reader.ReadUInt16()); break;
            case PickleOpcode.Long1: Push(ReadLong(reader.ReadByte())); break;
            case PickleOpcode.Long4: Push(ReadLong(reader.ReadUInt32())); break;
            case PickleOpcode.BinFloat: Push(reader.ReadDoubleBigEndian()); break;

            case PickleOpcode.ShortBinString: PushString(reader.ReadByte()); break;
            case PickleOpcode.BinString: PushString(reader.ReadUInt32()); break;
            case PickleOpcode.ShortBinUnicode: PushText(reader.ReadByte()); break;
            case PickleOpcode.BinUnicode: PushText(reader.ReadUInt32()); break;
            case PickleOpcode.BinUnicode8: PushText(reader.ReadUInt64()); break;
            case PickleOpcode.ShortBinBytes: PushBytes(reader.ReadByte()); break;
            case PickleOpcode.BinBytes: PushBytes(reader.ReadUInt32()); break;
            case PickleOpcode.BinBytes8 or PickleOpcode.ByteArray8 when arrays is not null: PushBytes(reader.ReadUInt64()); break;

            case PickleOpcode.EmptyTuple: Push(Array.Empty<object?>()); break;
            case PickleOpcode.Tuple1: PushTuple(1); break;
            case PickleOpcode.Tuple2: PushTuple(2); break;
            case PickleOpcode.Tuple3: PushTuple(3); break;
            case PickleOpcode.Tuple: Push(PopToMark()); break;
            case PickleOpcode.EmptyList: Push(new List<object?>()); break;
            case PickleOpcode.Append: Extend([Pop()]); break;
            case PickleOpcode.Appends: Extend(PopToMark()); break;
            case PickleOpcode.EmptyDict: Push(new PickleDict()); break;
            case PickleOpcode.SetItem: SetItem(); break;
            case PickleOpcode.SetItems: SetItems(PopToMark()); break;
            case PickleOpcode.EmptySet: Push(PickleOpaque.Instance); break;
            case PickleOpcode.AddItems: AddItems(); break;

            case PickleOpcode.BinPut: Memoize(reader.ReadByte()); break;
            case PickleOpcode.LongBinPut: Memoize(reader.ReadUInt32()); break;
            case PickleOpcode.Memoize: Memoize((uint)_memo.Count); break;
            case PickleOpcode.BinGet: Push(Recall(reader.ReadByte())); break;
            case PickleOpcode.LongBinGet: Push(Recall(reader.ReadUInt32())); break;

            case PickleOpcode.Global: Push(PickleSymbols.Find(reader.ReadLine(MaxName), reader.ReadLine(MaxName), reader)); break;
            case PickleOpcode.StackGlobal: StackGlobal(); break;
            case PickleOpcode.Reduce or PickleOpcode.NewObject: Call(); break;
            case PickleOpcode.Build: Build(); break;
            case PickleOpcode.BinPersistentId: Push(FindStorage(Pop())); break;

            default: throw reader.Fail($"has opcode {(byte)opcode:X2} hex", "expected an opcode that torch.save emits");
        }
    }

    private object ReadLong(uint length)
    {
        if (length > MaxInteger) throw reader.Fail($"has an integer of {length} bytes", $"expected at most {MaxInteger}");
        ReadOnlySpan<byte> bytes = reader.Take((int)length);
        if (length > sizeof(long)) return PickleOpaque.Instance;
        Span<byte> wide = stackalloc byte[sizeof(long)];
        wide.Fill(length > 0 && bytes[^1] >= 0x80 ? (byte)0xFF : (byte)0);
        bytes.CopyTo(wide);
        return BinaryPrimitives.ReadInt64LittleEndian(wide);
    }

    private void PushText(ulong length)
    {
        if (arrays is not null && length > MaxString) PushBytes(length, isText: true);
        else Push(reader.ReadString(length, MaxString));
    }

    /// <summary>A string of Python 2, which may be text or bytes.</summary>
    private void PushString(uint length)
    {
        long start = reader.Position;
        if (arrays is null) PushText(length);
        else if (arrays.KeepsStringsAsBytes || length > MaxString) PushBytes(length);
        else Push(reader.TryReadString((int)length) ?? (object)new PickleBytes(start, length, isText: false));
    }

    private void PushBytes(ulong length, bool isText = false)
    {
        long start = reader.Position;
        reader.Skip(length);
        Push(arrays is null ? PickleOpaque.Instance : new PickleBytes(start, (long)length, isText));
    }

    private void PushMark()
    {
        if (_marks.Count == MaxMarks) throw reader.Fail($"nests more than {MaxMarks} containers", "expected a checkpoint");
        _marks.Push(_stack.Count);
    }

    private void Push(object? value)
    {
        if (_stack.Count == MaxStack) throw reader.Fail($"holds more than {MaxStack} values at once", "expected a checkpoint");
        _stack.Add(value);
    }

    private object? Pop()
    {
        int floor = _marks.Count > 0 ? _marks.Peek() : 0;
        if (_stack.Count == floor) throw Underflow();
        object? value = _stack[^1];
        _stack.RemoveAt(_stack.Count - 1);
        return value;
    }

    private object?[] PopToMark()
    {
        if (_marks.Count == 0) throw Underflow();
        return PopMany(_stack.Count - _marks.Pop());
    }

    private object?[] PopMany(int count)
    {
        object?[] values = _stack.GetRange(_stack.Count - count, count).ToArray();
        _stack.RemoveRange(_stack.Count - count, count);
        return values;
    }

    private void PushTuple(int count)
    {
        if (_stack.Count - (_marks.Count > 0 ? _marks.Peek() : 0) < count) throw Underflow();
        Push(PopMany(count));
    }

    /// <summary>The value on top of the stack, without popping it.</summary>
    private object? Top()
    {
        object? value = Pop();
        _stack.Add(value);
        return value;
    }

    private void Extend(ReadOnlySpan<object?> values)
    {
        object? target = Top();
        if (target is PickleOpaque) return;
        if (target is not List<object?> list) throw reader.Fail("appends to something other than a list", "expected a list");
        list.AddRange(values);
    }

    private void SetItem()
    {
        object? value = Pop(), key = Pop();
        SetItems([key, value]);
    }

    private void SetItems(ReadOnlySpan<object?> keysAndValues)
    {
        object? target = Top();
        if (target is PickleOpaque) return;
        if (target is not PickleDict dict || keysAndValues.Length % 2 != 0)
            throw reader.Fail("sets items of something other than a dict", "expected a dict and pairs");
        for (int i = 0; i < keysAndValues.Length; i += 2) dict.Items.Add((arrays?.Text(keysAndValues[i]) ?? keysAndValues[i], keysAndValues[i + 1]));
    }

    private void AddItems()
    {
        PopToMark();
        if (Top() is not PickleOpaque) throw reader.Fail("adds items to something other than a set", "expected a set");
    }

    private void Memoize(uint index)
    {
        if (_memo.Count == MaxMemo) throw reader.Fail($"memoizes more than {MaxMemo} values", "expected a checkpoint");
        _memo[index] = Top();
    }

    private object? Recall(uint index) => _memo.TryGetValue(index, out object? value)
        ? value
        : throw reader.Fail($"recalls value {index}", "expected one that was memoized before");

    private void StackGlobal()
    {
        object? name = Pop(), module = Pop();
        if (module is not string moduleText || name is not string nameText || moduleText.Length > MaxName || nameText.Length > MaxName)
            throw reader.Fail("names a global by something other than two short strings", "expected a module and a name");
        Push(PickleSymbols.Find(moduleText, nameText, reader));
    }

    private void Call()
    {
        object? arguments = Pop(), callee = Pop();
        if (arrays?.Call(callee, arguments) is { } part)
        {
            Push(part);
            return;
        }
        object? result = PickleSymbols.Call(callee, arguments, reader, out int cost);
        Spend(cost);
        Push(result);
    }

    /// <summary>Drops attributes set on an object, which are not needed here: a state_dict's <c>_metadata</c>, the settings in a Namespace.</summary>
    private void Build()
    {
        object? state = Pop();
        if (arrays?.Build(Top(), state) == true) return;
        if (Top() is not (PickleDict or PickleOpaque)) throw reader.Fail("sets the state of something other than a dict", "expected a dict");
    }

    /// <summary>
    /// Reads a torch persistent id: ('storage', type, key, location, element count), followed in legacy files by a view of that storage; or ('module', class, ...),
    /// a class with its source code in legacy files.
    /// </summary>
    private object FindStorage(object? id)
    {
        if (id is object?[] and ["module", PickleSymbol module, ..]) return module;
        if (id is not object?[] parts || parts is not ["storage", _, string key, _, long count, ..] || parts.Length > 6 || count < 0)
            throw reader.Fail("has a malformed storage description", "expected ('storage', type, key, location, count)");
        if (key.Length > MaxStorageKey)
            throw reader.Fail($"has a storage key of {key.Length} characters", $"expected at most {MaxStorageKey}");
        if (parts[1] is PickleSymbol { Name: "torch.ComplexFloatStorage" or "torch.ComplexDoubleStorage" or "torch.ComplexHalfStorage" })
            throw reader.Fail("has a tensor of complex numbers", "expected real ones; save tensor.real, or leave it out, with torch.save(state_dict, path)");
        if (PickleSymbols.StorageType(parts[1]) is not { } type)
            throw reader.Fail($"has a storage of type {(parts[1] as PickleSymbol)?.Name ?? "unknown"}",
                "expected one of torch's real or integer storage types");
        if (count > long.MaxValue / type.Size())
            throw reader.Fail($"has a storage of {count} elements", "expected a length in bytes that fits in 64 bits");

        TorchStorage storage = new(key, type, count);
        if (!_storages.TryAdd(key, storage) && _storages[key] != storage)
            throw reader.Fail($"describes storage '{UntrustedText.Printable(key)}' inconsistently", "expected one type and one length");
        return parts.Length == 6 && parts[5] is not null ? Slice(storage, parts[5]) : new StorageSlice(storage, 0, count);
    }

    private StorageSlice Slice(TorchStorage storage, object? view)
    {
        if (view is not object?[] parts || parts is not [_, long start, long count])
            throw reader.Fail("has a malformed storage view", "expected (key, offset, count)");
        if (start < 0 || count < 0 || start > storage.Count || count > storage.Count - start)
            throw reader.Fail($"has a view of elements {start} to {(Int128)start + count} of storage '{UntrustedText.Printable(storage.Key)}'",
                $"the storage has {storage.Count}");
        return new StorageSlice(storage, start, count);
    }

    private void Spend(int steps)
    {
        _steps += steps;
        if (_steps > MaxSteps) throw reader.Fail($"takes more than {MaxSteps} steps", "expected a checkpoint");
    }

    private CheckpointException Underflow() => reader.Fail("pops from an empty stack", "expected a complete pickle");
}
