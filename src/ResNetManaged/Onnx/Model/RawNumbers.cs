using System.Buffers.Binary;

namespace ResNetManaged.Onnx.Model;

/// <summary>Raw little-endian elements of any type as numbers.</summary>
internal static class RawNumbers
{
    /// <summary>The elements. Integers of more than 53 bits are rounded.</summary>
    public static double[] Decode(OnnxType type, ReadOnlySpan<byte> bytes)
    {
        int size = type.Size();
        double[] numbers = new double[bytes.Length / size];
        for (int i = 0; i < numbers.Length; i++) numbers[i] = DecodeOne(type, bytes.Slice(i * size, size));
        return numbers;
    }

    private static double DecodeOne(OnnxType type, ReadOnlySpan<byte> bytes) => type switch
    {
        OnnxType.Float32 => BinaryPrimitives.ReadSingleLittleEndian(bytes),
        OnnxType.Float64 => BinaryPrimitives.ReadDoubleLittleEndian(bytes),
        OnnxType.Float16 => (double)BinaryPrimitives.ReadHalfLittleEndian(bytes),
        OnnxType.BFloat16 => BitConverter.Int32BitsToSingle(BinaryPrimitives.ReadUInt16LittleEndian(bytes) << 16),
        OnnxType.Int64 => BinaryPrimitives.ReadInt64LittleEndian(bytes),
        OnnxType.UInt64 => BinaryPrimitives.ReadUInt64LittleEndian(bytes),
        OnnxType.Int32 => BinaryPrimitives.ReadInt32LittleEndian(bytes),
        OnnxType.UInt32 => BinaryPrimitives.ReadUInt32LittleEndian(bytes),
        OnnxType.Int16 => BinaryPrimitives.ReadInt16LittleEndian(bytes),
        OnnxType.UInt16 => BinaryPrimitives.ReadUInt16LittleEndian(bytes),
        OnnxType.Int8 => (sbyte)bytes[0],
        OnnxType.UInt8 => bytes[0],
        OnnxType.Bool => bytes[0] != 0 ? 1 : 0,
        _ => throw new ArgumentOutOfRangeException(nameof(type)),
    };
}
