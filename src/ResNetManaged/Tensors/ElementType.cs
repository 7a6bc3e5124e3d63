using System.Buffers.Binary;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace ResNetManaged.Tensors;

/// <summary>How a file stores numbers. In memory they are always float32.</summary>
internal enum ElementType
{
    Float32,
    Float64,
    Float16,
    BFloat16,
    Int64,
    Int32,
    Int16,
    Int8,
    UInt8,
    Bool,
}

/// <summary>Sizes of element types and conversions to and from float32.</summary>
internal static class ElementTypes
{
    /// <summary>The bytes per element.</summary>
    public static int Size(this ElementType type) => type switch
    {
        ElementType.Float64 or ElementType.Int64 => 8,
        ElementType.Float32 or ElementType.Int32 => 4,
        ElementType.Float16 or ElementType.BFloat16 or ElementType.Int16 => 2,
        _ => 1,
    };

    /// <summary>Reverses the bytes of each element if the file's byte order is not the processor's, for reading and for writing.</summary>
    public static void SwapForFile(this ElementType type, Span<byte> raw, bool bigEndian)
    {
        if (bigEndian != BitConverter.IsLittleEndian) return;
        switch (type.Size())
        {
            case 8:
                Span<long> longs = MemoryMarshal.Cast<byte, long>(raw);
                BinaryPrimitives.ReverseEndianness(longs, longs);
                break;
            case 4:
                Span<int> ints = MemoryMarshal.Cast<byte, int>(raw);
                BinaryPrimitives.ReverseEndianness(ints, ints);
                break;
            case 2:
                Span<short> shorts = MemoryMarshal.Cast<byte, short>(raw);
                BinaryPrimitives.ReverseEndianness(shorts, shorts);
                break;
        }
    }

    /// <summary>Converts elements in the processor's byte order to float32, rounding to nearest.</summary>
    public static void ToSingle(this ElementType type, ReadOnlySpan<byte> raw, Span<float> destination)
    {
        switch (type)
        {
            case ElementType.Float32: MemoryMarshal.Cast<byte, float>(raw).CopyTo(destination); break;
            case ElementType.Float64: Convert<double>(raw, destination); break;
            case ElementType.Float16: TensorPrimitives.ConvertToSingle(MemoryMarshal.Cast<byte, Half>(raw), destination); break;
            case ElementType.BFloat16: FromBFloat16(MemoryMarshal.Cast<byte, ushort>(raw), destination); break;
            case ElementType.Int64: Convert<long>(raw, destination); break;
            case ElementType.Int32: Convert<int>(raw, destination); break;
            case ElementType.Int16: Convert<short>(raw, destination); break;
            case ElementType.Int8: Convert<sbyte>(raw, destination); break;
            case ElementType.UInt8: Convert<byte>(raw, destination); break;
            case ElementType.Bool: FromBool(raw, destination); break;
            default: throw new ArgumentOutOfRangeException(nameof(type));
        }
    }

    /// <summary>
    /// Converts float32 to a type that can be written, in the processor's byte order. Integers truncate toward zero and saturate; half precision
    /// rounds to nearest even and overflows to infinity.
    /// </summary>
    public static void FromSingle(this ElementType type, ReadOnlySpan<float> source, Span<byte> raw)
    {
        switch (type)
        {
            case ElementType.Float32: MemoryMarshal.AsBytes(source).CopyTo(raw); break;
            case ElementType.Float64: TensorPrimitives.ConvertTruncating(source, MemoryMarshal.Cast<byte, double>(raw)); break;
            case ElementType.Float16: TensorPrimitives.ConvertToHalf(source, MemoryMarshal.Cast<byte, Half>(raw)); break;
            case ElementType.Int64: TensorPrimitives.ConvertSaturating(source, MemoryMarshal.Cast<byte, long>(raw)); break;
            case ElementType.UInt8: TensorPrimitives.ConvertSaturating(source, raw); break;
            default: throw new ArgumentOutOfRangeException(nameof(type));
        }
    }

    private static void Convert<T>(ReadOnlySpan<byte> raw, Span<float> destination) where T : unmanaged, System.Numerics.INumberBase<T> =>
        TensorPrimitives.ConvertTruncating(MemoryMarshal.Cast<byte, T>(raw), destination);

    /// <summary>bfloat16 is the upper half of a float32.</summary>
    private static void FromBFloat16(ReadOnlySpan<ushort> source, Span<float> destination)
    {
        for (int i = 0; i < source.Length; i++) destination[i] = BitConverter.UInt32BitsToSingle((uint)source[i] << 16);
    }

    private static void FromBool(ReadOnlySpan<byte> source, Span<float> destination)
    {
        for (int i = 0; i < source.Length; i++) destination[i] = source[i] == 0 ? 0f : 1f;
    }
}
