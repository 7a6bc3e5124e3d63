using ResNetManaged.Onnx.Constants;
using ResNetManaged.Onnx.Model;
using ResNetManaged.Tensors;

namespace ResNetManaged.Onnx.Operators.Evaluation;

/// <summary>The arithmetic of operators that treat each element alike, with broadcasting.</summary>
internal static class ElementwiseOperators
{
    private delegate double Binary(double left, double right);

    public static void AddTo(Dictionary<string, Func<OnnxCall, Constant[]>> operators)
    {
        AddUnary(operators);
        AddActivations(operators);
        operators["Add"] = call => Numbers(call, (x, y) => x + y);
        operators["Sub"] = call => Numbers(call, (x, y) => x - y);
        operators["Mul"] = call => Numbers(call, (x, y) => x * y);
        operators["Div"] = call => Numbers(call, call[0].Type.IsFloat() ? (x, y) => x / y : Quotient(call));
        operators["Pow"] = call => Numbers(call, Math.Pow);
        operators["Mod"] = call => Numbers(call, Remainder(call));
        operators["PRelu"] = call => Numbers(call, (x, slope) => x < 0 ? slope * x : x);
        operators["Equal"] = call => Truths(call, (x, y) => x == y);
        operators["Less"] = call => Truths(call, (x, y) => x < y);
        operators["LessOrEqual"] = call => Truths(call, (x, y) => x <= y);
        operators["Greater"] = call => Truths(call, (x, y) => x > y);
        operators["GreaterOrEqual"] = call => Truths(call, (x, y) => x >= y);
        operators["And"] = call => Truths(call, (x, y) => x != 0 && y != 0);
        operators["Or"] = call => Truths(call, (x, y) => x != 0 || y != 0);
        operators["Xor"] = call => Truths(call, (x, y) => x != 0 ^ y != 0);
        operators["Not"] = call => [Map(call[0], OnnxType.Bool, x => x == 0 ? 1 : 0)];
        operators["Max"] = call => Fold(call, (x, y) => double.IsNaN(x) || double.IsNaN(y) ? double.NaN : Math.Max(x, y));
        operators["Min"] = call => Fold(call, (x, y) => double.IsNaN(x) || double.IsNaN(y) ? double.NaN : Math.Min(x, y));
        operators["Sum"] = call => Fold(call, (x, y) => x + y);
        operators["Mean"] = call => [Map(Fold(call, (x, y) => x + y)[0], call[0].Type, x => x / call.InputCount)];
        operators["Where"] = Where;
        operators["Clip"] = Clip;
        operators["Cast"] = call => [Map(call[0], TargetOf(call), x => x)];
        operators["CastLike"] = call => [Map(call[0], call[1].Type, x => x)];
    }

    private static void AddUnary(Dictionary<string, Func<OnnxCall, Constant[]>> operators)
    {
        (string Name, Func<double, double> Function)[] functions =
        [
            ("Abs", Math.Abs), ("Neg", x => -x), ("Sqrt", Math.Sqrt), ("Exp", Math.Exp), ("Log", Math.Log), ("Reciprocal", x => 1 / x),
            ("Floor", Math.Floor), ("Ceil", Math.Ceiling), ("Round", x => Math.Round(x, MidpointRounding.ToEven)),
            ("Sign", x => double.IsNaN(x) ? x : Math.Sign(x)), ("Erf", ErrorFunction.Of), ("Sin", Math.Sin), ("Cos", Math.Cos), ("Tan", Math.Tan),
            ("Asin", Math.Asin), ("Acos", Math.Acos), ("Atan", Math.Atan), ("Sinh", Math.Sinh), ("Cosh", Math.Cosh), ("Tanh", Math.Tanh),
            ("Asinh", Math.Asinh), ("Acosh", Math.Acosh), ("Atanh", Math.Atanh),
            ("Relu", x => x < 0 ? 0 : x), ("Sigmoid", x => 1 / (1 + Math.Exp(-x))), ("Softsign", x => x / (1 + Math.Abs(x))),
            ("Softplus", Softplus), ("HardSwish", x => x * Math.Clamp(x / 6 + 0.5, 0, 1)), ("Mish", x => x * Math.Tanh(Softplus(x))),
        ];
        foreach ((string name, Func<double, double> function) in functions) operators[name] = call => [Map(call[0], call[0].Type, function)];
        operators["IsNaN"] = call => [Map(call[0], OnnxType.Bool, x => double.IsNaN(x) ? 1 : 0)];
        operators["Identity"] = call => [call[0]];
        operators["Dropout"] = Dropout;
    }

    private static void AddActivations(Dictionary<string, Func<OnnxCall, Constant[]>> operators)
    {
        operators["LeakyRelu"] = call => Activate(call, 0.01, 0, (x, alpha, _) => x < 0 ? alpha * x : x);
        operators["Elu"] = call => Activate(call, 1, 0, (x, alpha, _) => x < 0 ? alpha * (Math.Exp(x) - 1) : x);
        operators["Celu"] = call => Activate(call, 1, 0, (x, alpha, _) => Math.Max(0, x) + Math.Min(0, alpha * (Math.Exp(x / alpha) - 1)));
        operators["ThresholdedRelu"] = call => Activate(call, 1, 0, (x, alpha, _) => x > alpha ? x : 0);
        operators["HardSigmoid"] = call => Activate(call, 0.2, 0.5, (x, alpha, beta) => Math.Clamp(alpha * x + beta, 0, 1));
        operators["Selu"] = call =>
        {
            double gamma = call.Number("gamma", 1.0507009873554804934193349852946);
            return Activate(call, 1.6732632423543772848170429916717, 0, (x, alpha, _) => gamma * (x > 0 ? x : alpha * (Math.Exp(x) - 1)));
        };
        operators["Swish"] = call => Activate(call, 1, 0, (x, alpha, _) => x / (1 + Math.Exp(-alpha * x)));
        operators["Gelu"] = call => [Map(call[0], call[0].Type, call.Text("approximate", "none") == "tanh" ? TanhGelu : Gelu)];
    }

    /// <summary>A function of each element.</summary>
    public static Constant Map(Constant input, OnnxType type, Func<double, double> function) =>
        new(type, input.Shape, Array.ConvertAll(input.Numbers, x => function(x)));

    private static Constant[] Activate(OnnxCall call, double alpha, double beta, Func<double, double, double, double> function)
    {
        (alpha, beta) = (call.Number("alpha", alpha), call.Number("beta", beta));
        return [Map(call[0], call[0].Type, x => function(x, alpha, beta))];
    }

    private static Constant[] Numbers(OnnxCall call, Binary function) => [Apply(call.Node, call[0], call[1], call[0].Type, function)];

    private static Constant[] Truths(OnnxCall call, Func<double, double, bool> function) =>
        [Apply(call.Node, call[0], call[1], OnnxType.Bool, (x, y) => function(x, y) ? 1 : 0)];

    private static Constant Apply(OnnxNode node, Constant left, Constant right, OnnxType type, Binary function)
    {
        Shape shape = Broadcast.Of(node, left.Shape, right.Shape);
        double[] x = Broadcast.To(left, shape), y = Broadcast.To(right, shape), result = new double[shape.ElementCount];
        for (int i = 0; i < result.Length; i++) result[i] = function(x[i], y[i]);
        return new Constant(type, shape, result);
    }

    private static Constant[] Fold(OnnxCall call, Binary function)
    {
        Constant result = call[0];
        for (int i = 1; i < call.InputCount; i++) result = Apply(call.Node, result, call[i], result.Type, function);
        return [result];
    }

    /// <summary>The type that a Cast turns numbers into.</summary>
    public static OnnxType TargetOf(OnnxCall call)
    {
        long to = call.Integer("to", 0);
        OnnxType type = (OnnxType)Math.Clamp(to, -1, int.MaxValue);
        return type.Size() > 0 ? type : throw call.Mismatch($"casts to the type {to}", "expected one of numbers or truths that docs/onnx.md lists");
    }

    /// <summary>The remainder of integers has the divisor's sign; fmod's has the dividend's, and is the only one of floating-point numbers.</summary>
    private static Binary Remainder(OnnxCall call)
    {
        bool isFloat = call[0].Type.IsFloat(), isTruncated = call.Integer("fmod", 0) != 0;
        if (isFloat && !isTruncated) throw call.Mismatch("has fmod 0 for floating-point numbers", "expected fmod 1");
        if (isFloat) return (x, y) => x % y;
        return (x, y) => y == 0 ? throw call.Mismatch("divides by zero", "expected another divisor") : isTruncated ? x % y : x - y * Math.Floor(x / y);
    }

    /// <summary>Division of integers, which truncates.</summary>
    private static Binary Quotient(OnnxCall call) => (x, y) => y == 0 ? throw call.Mismatch("divides by zero", "expected another divisor")
        : Math.Truncate(x / y);

    private static Constant[] Where(OnnxCall call)
    {
        Shape shape = Broadcast.Of(call.Node, call[0].Shape, call[1].Shape, call[2].Shape);
        double[] condition = Broadcast.To(call[0], shape), x = Broadcast.To(call[1], shape), y = Broadcast.To(call[2], shape);
        double[] result = new double[shape.ElementCount];
        for (int i = 0; i < result.Length; i++) result[i] = condition[i] != 0 ? x[i] : y[i];
        return [new Constant(call[1].Type, shape, result)];
    }

    private static Constant[] Clip(OnnxCall call)
    {
        double smallest = call.Optional(1)?.Scalar ?? call.Number("min", double.NegativeInfinity);
        double largest = call.Optional(2)?.Scalar ?? call.Number("max", double.PositiveInfinity);
        return [Map(call[0], call[0].Type, x => Math.Min(Math.Max(x, smallest), largest))];
    }

    /// <summary>In inference the identity, with a mask that keeps everything.</summary>
    private static Constant[] Dropout(OnnxCall call)
    {
        if (call.Optional(2) is { } training && training.Scalar != 0 && (call.Optional(1)?.Scalar ?? 0.5) != 0)
            throw call.Mismatch("drops elements at random", "expected a network that was exported for inference");
        return [call[0], Map(call[0], OnnxType.Bool, _ => 1)];
    }

    private static double Softplus(double x) => x > 30 ? x : Math.Log(1 + Math.Exp(x));

    private static double Gelu(double x) => x / 2 * (1 + ErrorFunction.Of(x / Math.Sqrt(2)));

    private static double TanhGelu(double x) => x / 2 * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
}
