using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ResNetManaged.Imaging.Jpeg.Entropy;

/// <summary>Reads the bits of a scan through a 64-bit buffer and decodes blocks of sequential scans.</summary>
/// <remarks>
/// After the marker that ends the data come zeros, as in libjpeg; <see cref="IsExhausted"/> says when they were used. Fast and slow ways read the same
/// bits: eight bytes at once if none of them is FF, else one by one.
/// </remarks>
internal sealed unsafe class BitReader(JpegInput input)
{
    private const int Capacity = 64, Enough = 32; // the longest code and its value have 16 + 15 bits
    private const int Group = 3; // coefficients between two fillings

    private ulong _buffer; // the next bit is the uppermost one
    private int _count, _padding; // valid bits, and how many of them are not from the file

    /// <summary>Whether the file has ended without a marker.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>Whether the data of this segment ended before its last MCU: what follows is left as it is.</summary>
    public bool IsExhausted { get; private set; }

    /// <summary>Starts a segment at the input's next byte.</summary>
    /// <param name="isExhausted">Whether the segment is empty.</param>
    public void Restart(bool isExhausted)
    {
        _buffer = 0;
        _count = _padding = 0;
        IsExhausted = isExhausted;
    }

    /// <summary>Notes whether the MCU just read needed more bits than there were.</summary>
    /// <exception cref="InvalidImageException">The file ended within the MCU.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void EndMcu()
    {
        if (_padding > _count) Exhaust();
    }

    /// <summary>The next <paramref name="count"/> bits, 1 to 16, as a number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Bits(int count)
    {
        if (_count < Enough) Fill();
        int bits = (int)(_buffer >> (Capacity - count));
        Drop(count);
        return bits;
    }

    /// <summary>The next symbol.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Symbol(HuffmanTable table)
    {
        if (_count < Enough) Fill();
        int entry = table.Lookup[_buffer >> (Capacity - HuffmanTable.LookupBits)], length = entry & 0xFF, symbol = entry >> 8 & 0xFF;
        if (entry >> 16 != 0) length -= symbol & 15;
        if (length == 0) (symbol, length) = table.Find(_buffer);
        Drop(length);
        return symbol;
    }

    /// <summary>The next symbol's value, a DC difference.</summary>
    public int Difference(HuffmanTable table)
    {
        int size = Symbol(table);
        return size == 0 ? 0 : HuffmanTable.Extend(Bits(size), size);
    }

    /// <summary>Decodes a block of a sequential scan: T.81, F.2.2.</summary>
    /// <param name="dc">The code of the DC difference.</param>
    /// <param name="ac">The code of the AC coefficients.</param>
    /// <param name="prediction">The last DC value of this component; becomes this block's.</param>
    /// <param name="block">Gets the coefficients in rows; those not coded stay as they are.</param>
    /// <returns>Whether there are AC coefficients.</returns>
    public bool ReadBlock(HuffmanTable dc, HuffmanTable ac, ref int prediction, short* block)
    {
        prediction += Difference(dc);
        block[0] = (short)prediction;
        int k = ReadFast(ac.Lookup, block, 1);
        while (k is > 0 and < ZigZag.Size)
        {
            k = ReadOne(ac, block, k);
            if (k is > 0 and < ZigZag.Size) k = ReadFast(ac.Lookup, block, k);
        }
        return k != ~1;
    }

    /// <summary>Decodes AC coefficients as long as the table has their values and no FF comes; without calls, so that all state is in registers.</summary>
    /// <param name="table">The table.</param>
    /// <param name="block">The coefficients in rows.</param>
    /// <param name="k">The next coefficient in coded order.</param>
    /// <returns>The next coefficient, or its complement if the block has ended before it.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private int ReadFast(int[] table, short* block, int k)
    {
        ref int lookup = ref MemoryMarshal.GetArrayDataReference(table);
        ref byte order = ref MemoryMarshal.GetReference(ZigZag.Order);
        ulong buffer = _buffer;
        int count = _count;
        byte* next = input.Next, lastWord = LastWord;
        while (true)
        {
            // Filling without asking how much is left is faster than a branch that is hard to predict.
            ulong word;
            if (next <= lastWord && !HasFF(word = BinaryPrimitives.ReverseEndianness(Unsafe.ReadUnaligned<ulong>(next))))
            {
                buffer |= word >> count;
                int bytes = (Capacity - 1 - count) >> 3;
                next += bytes;
                count += bytes << 3;
            }
            else if (count < Group * HuffmanTable.LookupBits) break;
            for (int i = 0; i < Group; i++)
            {
                int entry = Unsafe.Add(ref lookup, (nint)(buffer >> (Capacity - HuffmanTable.LookupBits))), value = entry >> 16;
                if (value == 0)
                {
                    if ((entry & 0xFF00) == 0 && (entry & 0xFF) != 0)
                    {
                        buffer <<= entry;
                        count -= entry & 0xFF;
                        k = ~k;
                    }
                    goto End;
                }
                k += entry >> 12 & 15;
                buffer <<= entry;
                count -= entry & 0xFF;
                block[Unsafe.Add(ref order, k)] = (short)value;
                if (++k >= ZigZag.Size) goto End;
            }
        }
    End:
        (_buffer, _count) = (buffer, count);
        input.Next = next;
        return k;
    }

    /// <summary>Decodes one AC coefficient, a run of zeros or the end of the block, whatever it takes; see <see cref="ReadFast"/>.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private int ReadOne(HuffmanTable table, short* block, int k)
    {
        const int ZeroRun = 0xF0;
        int symbol = Symbol(table), size = symbol & 15;
        if (size == 0) return symbol == ZeroRun ? k + 16 : ~k;
        k += symbol >> 4;
        block[ZigZag.Order[k]] = (short)HuffmanTable.Extend(Bits(size), size);
        return k + 1;
    }

    /// <summary>The last address from which eight bytes of data may be read at once.</summary>
    private byte* LastWord => input.UnreadMarker == 0 ? input.End - sizeof(ulong) : null;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Drop(int count)
    {
        _buffer <<= count;
        _count -= count;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool HasFF(ulong word) => ((~word - 0x0101_0101_0101_0101) & word & 0x8080_8080_8080_8080) != 0;

    private void Fill()
    {
        ulong word;
        if (input.Next > LastWord || HasFF(word = BinaryPrimitives.ReverseEndianness(Unsafe.ReadUnaligned<ulong>(input.Next))))
        {
            FillBytes();
            return;
        }
        _buffer |= word >> _count;
        int bytes = (Capacity - 1 - _count) >> 3;
        input.Next += bytes;
        _count += bytes << 3;
    }

    private void FillBytes()
    {
        while (_count <= Capacity - 8)
        {
            int value = input.UnreadMarker != 0 || HasEnded ? -1 : NextByte();
            if (value < 0)
            {
                Pad();
                return;
            }
            _buffer |= (ulong)value << (Capacity - 8 - _count);
            _count += 8;
        }
    }

    /// <summary>The next byte of data; -1 at a marker or the end. Any number of FF before 00 is one FF, as in libjpeg.</summary>
    private int NextByte()
    {
        if (HasEnded = !input.More()) return -1;
        int value = *input.Next++;
        if (value != 0xFF) return value;
        while (value == 0xFF)
        {
            if (HasEnded = !input.More()) return -1;
            value = *input.Next++;
        }
        if (value == 0) return 0xFF;
        input.UnreadMarker = value;
        return -1;
    }

    private void Pad()
    {
        if (_padding > _count) Exhaust();
        _padding = Math.Min(_padding, _count) + Capacity - _count;
        _count = Capacity;
    }

    private void Exhaust()
    {
        if (HasEnded) throw InvalidImageException.Truncated();
        IsExhausted = true;
    }
}
