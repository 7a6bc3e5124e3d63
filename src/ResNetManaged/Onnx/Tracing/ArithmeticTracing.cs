using ResNetManaged.Graphs;
using ResNetManaged.Graphs.Operations;
using ResNetManaged.Graphs.Operations.Channels;
using ResNetManaged.Onnx.Constants;
using ResNetManaged.Onnx.Model;
using ResNetManaged.Tensors;

namespace ResNetManaged.Onnx.Tracing;

/// <summary>Sums and products of values, and of values with numbers for each channel.</summary>
internal static class ArithmeticTracing
{
    public static void AddTo(Dictionary<string, Func<TraceCall, OnnxValue[]?>> rules)
    {
        rules["Add"] = call => Combine(call, Add) ?? ByChannel(call, new Affine(), (affine, c) => affine with { Shift = c });
        rules["Sum"] = call => call.InputCount == 2 ? rules["Add"](call) : null;
        rules["Mul"] = call => Combine(call, Multiply) ?? ByChannel(call, new Affine(), (affine, c) => affine with { Scale = c });
        rules["Sub"] = Subtract;
        rules["Div"] = call => call.IsSymbol(0) ? ByChannel(call, new Affine { IsInverse = true }, (affine, c) => affine with { Scale = c }) : null;
        rules["Neg"] = call => IsNative(call, 0) ? [call[0].With(call.Output(), Scaled(call[0].Symbol, -1))] : null;
    }

    private static OnnxValue[]? Combine(TraceCall call, Func<Value, Value, Value?> function)
    {
        if (!call.IsSymbol(0) || !call.IsSymbol(1)) return null;
        (OnnxValue left, OnnxValue right) = (call[0], call[1]);
        bool isSameOrder = left.Order.SequenceEqual(right.Order);
        Value? result = isSameOrder ? function(left.Symbol, right.Symbol) : function(left.Ordered, right.Ordered);
        return result is null ? null : isSameOrder ? call.Like(left, result) : call.Of(result);
    }

    private static Value? Add(Value left, Value right) => left.Shape == right.Shape ? left + right : null;

    private static Value? Multiply(Value left, Value right) =>
        left.Shape == right.Shape || MulOperation.ScalesPlanes(left.Shape, right.Shape) || MulOperation.ScalesPlanes(right.Shape, left.Shape)
            ? left * right : null;

    private static OnnxValue[]? Subtract(TraceCall call)
    {
        if (call.IsSymbol(0) && call.IsSymbol(1)) return IsNative(call, 1) ? Combine(call, (left, right) => Add(left, Scaled(right, -1))) : null;
        return call.IsSymbol(0)
            ? ByChannel(call, new Affine { IsNegative = true }, (affine, c) => affine with { Shift = c })
            : ByChannel(call, new Affine { Sign = -1 }, (affine, c) => affine with { Shift = c });
    }

    private static bool IsNative(TraceCall call, int input) => call.IsSymbol(input)
        && call[input].Symbol.Shape is { Rank: 2 or 4, ElementCount: > 0 };

    /// <summary>A value times, or plus, one number for each channel or one for all.</summary>
    private static OnnxValue[]? ByChannel(TraceCall call, Affine affine, Func<Affine, Constant, Affine> with)
    {
        int input = call.IsSymbol(0) ? 0 : 1;
        if (call.InputCount != 2 || call.Known(1 - input) is not { } constant || !IsNative(call, input) || !constant.Type.IsFloat()) return null;
        OnnxValue x = call[input];
        bool isVector = Channels.IsVector(x, constant);
        if (!isVector && !Channels.IsScalar(x, constant)) return null;
        return call.Like(x,
            with(affine, constant).Apply(call, call[1 - input].Name, x.Symbol, isRegistered: isVector && constant.Shape.ElementCount > 1));
    }

    private static Value Scaled(Value value, float factor) => Times(value, new Parameter([value.Shape[1]], factor) { RequiresGrad = false });

    private static Value Times(Value value, Parameter factors) =>
        value.Shape.Rank == 4 ? value.Apply(new ScaleOperation(factors)) : Affine.Apply(value, factors, null);

    /// <summary>y = sign * scale * x + shift, as a batch norm with mean 0 and variance 1, which folds into a convolution before it.</summary>
    private sealed record Affine
    {
        public Constant? Scale { get; init; }

        public Constant? Shift { get; init; }

        /// <summary>Whether it divides by the scale.</summary>
        public bool IsInverse { get; init; }

        /// <summary>Whether it subtracts the shift.</summary>
        public bool IsNegative { get; init; }

        public float Sign { get; init; } = 1;

        public Value Apply(TraceCall call, string name, Value value, bool isRegistered)
        {
            Constant constant = (Scale ?? Shift)!;
            int channels = value.Shape[1];
            bool isPlain = !IsInverse && !IsNegative;
            Parameter numbers = isRegistered && isPlain
                ? call.Parameters.Weight(name, constant, [channels])
                : new Parameter([channels], 0f) { RequiresGrad = false, Value = Tensor.FromArray(Numbers(constant, channels), [channels]) };
            Parameter? sign = Sign == 1 ? null : new Parameter([channels], Sign) { RequiresGrad = false };
            return Scale is null ? Apply(value, sign, numbers) : Times(value, numbers);
        }

        public static Value Apply(Value value, Parameter? scale, Parameter? shift)
        {
            Shape shape = [value.Shape[1]];
            return value.Apply(new BatchNorm2dOperation(value.Shape[1], scale, shift, new StateTensor(shape, Tensor.Zeros),
                new StateTensor(shape, Tensor.Ones), null,
                eps: 0, momentum: null, training: false)
            {
                OfFeatures = value.Shape.Rank == 2,
            });
        }

        private float[] Numbers(Constant constant, int channels)
        {
            float[] numbers = new float[channels];
            for (int i = 0; i < channels; i++)
            {
                double number = constant.Numbers[constant.Shape.ElementCount == 1 ? 0 : i];
                numbers[i] = (float)(IsInverse ? 1 / number : IsNegative ? -number : number);
            }
            return numbers;
        }
    }
}
