using ResNetManaged.Tensors;

namespace ResNetManaged.Onnx.Model;

/// <summary>The element types of <c>TensorProto.DataType</c>, with its numbers.</summary>
internal enum OnnxType
{
    Undefined = 0,
    Float32 = 1,
    UInt8 = 2,
    Int8 = 3,
    UInt16 = 4,
    Int16 = 5,
    Int32 = 6,
    Int64 = 7,
    Text = 8,
    Bool = 9,
    Float16 = 10,
    Float64 = 11,
    UInt32 = 12,
    UInt64 = 13,
    BFloat16 = 16,
}

/// <summary>Properties of element types.</summary>
internal static class OnnxTypes
{
    /// <summary>Whether elements are floating-point numbers.</summary>
    public static bool IsFloat(this OnnxType type) => type is OnnxType.Float32 or OnnxType.Float16 or OnnxType.Float64 or OnnxType.BFloat16;

    /// <summary>Bytes of an element in raw data; 0 for types without raw data.</summary>
    public static int Size(this OnnxType type) => type switch
    {
        OnnxType.Int64 or OnnxType.Float64 or OnnxType.UInt64 => 8,
        OnnxType.Float32 or OnnxType.Int32 or OnnxType.UInt32 => 4,
        OnnxType.UInt16 or OnnxType.Int16 or OnnxType.Float16 or OnnxType.BFloat16 => 2,
        OnnxType.UInt8 or OnnxType.Int8 or OnnxType.Bool => 1,
        _ => 0,
    };

    /// <summary>The same type as tensors on disk have it; null if there is none.</summary>
    public static ElementType? Stored(this OnnxType type) => type switch
    {
        OnnxType.Float32 => ElementType.Float32,
        OnnxType.Float64 => ElementType.Float64,
        OnnxType.Float16 => ElementType.Float16,
        OnnxType.BFloat16 => ElementType.BFloat16,
        _ => null,
    };

    /// <summary>A number as the type holds it: rounded to its precision, or truncated and wrapped into its range.</summary>
    public static double Round(this OnnxType type, double value) => type switch
    {
        OnnxType.Float32 => (float)value,
        OnnxType.Float16 => (double)(Half)value,
        OnnxType.BFloat16 => BitConverter.Int32BitsToSingle(NearestBFloat16((float)value)),
        OnnxType.Bool => value != 0 ? 1 : 0,
        OnnxType.UInt8 => unchecked((byte)ToInt64(value)),
        OnnxType.Int8 => unchecked((sbyte)ToInt64(value)),
        OnnxType.UInt16 => unchecked((ushort)ToInt64(value)),
        OnnxType.Int16 => unchecked((short)ToInt64(value)),
        OnnxType.UInt32 => unchecked((uint)ToInt64(value)),
        OnnxType.Int32 => unchecked((int)ToInt64(value)),
        OnnxType.Int64 => ToInt64(value),
        OnnxType.UInt64 => value < 0 ? 0 : Math.Truncate(value),
        _ => value,
    };

    private static long ToInt64(double value) => (long)value; // saturates; NaN becomes 0

    private static int NearestBFloat16(float value)
    {
        int bits = BitConverter.SingleToInt32Bits(value);
        return float.IsNaN(value) ? bits : (bits + 0x7FFF + ((bits >> 16) & 1)) & unchecked((int)0xFFFF0000);
    }
}
