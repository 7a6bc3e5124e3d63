using ResNetManaged.Onnx.Constants;
using ResNetManaged.Tensors;

namespace ResNetManaged.Onnx.Tracing;

/// <summary>Recognizes constants that hold one number for each channel.</summary>
internal static class Channels
{
    /// <summary>Whether a constant, broadcast to a value, varies along the channels only, and has one number for each.</summary>
    public static bool IsVector(OnnxValue value, Constant constant)
    {
        Shape shape = constant.Shape;
        int offset = value.Shape.Rank - shape.Rank;
        if (offset < 0) return false;
        for (int i = 0; i < shape.Rank; i++)
        {
            if (shape[i] == 1) continue;
            if (value.Order[offset + i] != 1 || shape[i] != value.Shape[offset + i]) return false;
        }
        return value.Symbol.Shape.Rank >= 2 && shape.ElementCount == value.Symbol.Shape[1];
    }

    /// <summary>Whether a constant is one number, whatever its rank, that does not add dimensions to the value.</summary>
    public static bool IsScalar(OnnxValue value, Constant constant) => constant.Shape.ElementCount == 1 && constant.Shape.Rank <= value.Shape.Rank;
}
