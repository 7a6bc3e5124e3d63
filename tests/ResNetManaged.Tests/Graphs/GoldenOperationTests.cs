using System.Text.Json;
using NUnit.Framework;
using ResNetManaged.Graphs.Operations;
using ResNetManaged.Layers;
using ResNetManaged.Layers.Activations;
using ResNetManaged.Layers.State;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Graphs;

/// <summary>Every operation matches the output recorded from PyTorch 1.13.</summary>
public sealed class GoldenOperationTests
{
    private static readonly GoldenTensors Golden = GoldenTensors.Read("operations.safetensors");

    private static IEnumerable<string> Names() => Golden.Cases.Select(element => element.GetProperty("name").GetString()!);

    [TestCaseSource(nameof(Names))]
    public void MatchesPyTorch(string name)
    {
        JsonElement golden = Golden.Case(name), args = golden.GetProperty("args");
        Dictionary<string, Tensor> inputs = Draw(golden);
        string operation = golden.GetProperty("op").GetString()!;
        if (operation is "add" or "mul" or "cat")
        {
            Operation of = operation switch
            {
                "add" => AddOperation.Instance,
                "mul" => MulOperation.Instance,
                _ => ConcatOperation.Instance,
            };
            AssertClose(Combine(of, inputs["x"], inputs["other"]), golden, "y");
            return;
        }

        Module module = Build(operation, args, inputs);
        AssertClose(module.Forward(inputs["x"]), golden, "y");
        if (module is BatchNorm2d { Training: true } norm)
        {
            AssertClose(norm.RunningMean!.Value, golden, "running_mean");
            AssertClose(norm.RunningVar!.Value, golden, "running_var");
            Assert.That(norm.NumBatchesTracked!.Value.ToScalar(), Is.EqualTo(1));
        }
    }

    private static Dictionary<string, Tensor> Draw(JsonElement golden)
    {
        TorchGenerator generator = new(golden.GetProperty("seed").GetUInt64());
        Dictionary<string, Tensor> inputs = [];
        foreach (JsonElement input in golden.GetProperty("inputs").EnumerateArray())
        {
            string name = input.GetProperty("name").GetString()!;
            inputs[name] = input.TryGetProperty("stored", out _)
                ? Golden[golden, name]
                : Tensor.Uniform(GoldenTensors.ShapeOf(input.GetProperty("shape")), generator,
                    input.GetProperty("from").GetSingle(), input.GetProperty("to").GetSingle());
        }
        return inputs;
    }

    private static Module Build(string operation, JsonElement args, Dictionary<string, Tensor> inputs)
    {
        Size2D Size(string name) => GoldenTensors.SizeOf(args.GetProperty(name));
        Padding2D Padding()
        {
            int[] sides = [.. args.GetProperty("padding").EnumerateArray().Select(side => side.GetInt32())];
            return sides.Length == 2 ? (sides[0], sides[1]) : new Padding2D(sides[0], sides[1], sides[2], sides[3]);
        }
        bool Flag(string name) => args.GetProperty(name).GetBoolean();
        int Number(string name) => args.GetProperty(name).GetInt32();

        Tensor? weight = inputs.GetValueOrDefault("weight");
        Module module = operation switch
        {
            "conv2d" => new Conv2d(weight!.Shape[1] * Number("groups"), weight.Shape[0], (weight.Shape[2], weight.Shape[3]), Size("stride"),
                Padding(), Size("dilation"), Number("groups"), inputs.ContainsKey("bias")),
            "batch_norm" => new BatchNorm2d(weight!.Shape[0], args.GetProperty("eps").GetDouble(), args.GetProperty("momentum").GetDouble())
                .Train(Flag("training")),
            "group_norm" => new GroupNorm(Number("num_groups"), inputs["x"].Shape[1], args.GetProperty("eps").GetDouble(), weight is not null),
            "relu" => new ReLU(),
            "sigmoid" => new Sigmoid(),
            "silu" => new SiLU(),
            "hardsigmoid" => new Hardsigmoid(),
            "hardswish" => new Hardswish(),
            "relu6" => new ReLU6(),
            "hardtanh" => new Hardtanh(args.GetProperty("min_val").GetDouble(), args.GetProperty("max_val").GetDouble()),
            "leaky_relu" => new LeakyReLU(args.GetProperty("negative_slope").GetDouble()),
            "prelu" => new PReLU(weight!.Shape[0]),
            "max_pool2d" => new MaxPool2d(Size("kernel_size"), Size("stride"), Padding(), Size("dilation"), Flag("ceil_mode")),
            "avg_pool2d" => new AvgPool2d(Size("kernel_size"), Size("stride"), Padding(), Flag("ceil_mode"), Flag("count_include_pad")),
            "adaptive_avg_pool2d" => new AdaptiveAvgPool2d(Size("output_size")),
            "linear" => new ResNetManaged.Layers.Linear(weight!.Shape[1], weight.Shape[0], inputs.ContainsKey("bias")),
            "softmax" => new ResNetManaged.Layers.Softmax(Number("dim")),
            "log_softmax" => new LogSoftmax(Number("dim")),
            _ => throw new ArgumentException($"The operation {operation} has no layer in this test."),
        };
        StateDict state = new();
        foreach ((string name, Tensor tensor) in inputs.Where(input => input.Key != "x")) state.Add(name, tensor);
        module.LoadStateDict(state);
        return module;
    }

    /// <summary>Runs an operation on two values directly, because a module has only one input.</summary>
    private static Tensor Combine(Operation operation, Tensor left, Tensor right)
    {
        Tensor result = Tensor.Zeros(operation.InferShape(new NodeLabel(operation.Name, ""), [left.Shape, right.Shape]));
        operation.Execute([left, right], result, ExecutionOptions.Default);
        return result;
    }

    private static void AssertClose(Tensor actual, JsonElement golden, string output)
    {
        Tensor expected = Golden[golden, output];
        Assert.That(actual.Shape, Is.EqualTo(expected.Shape), output);
        double difference = golden.TryGetProperty("difference", out JsonElement recorded) ? recorded.GetDouble() : 0;
        double tolerance = GoldenTensors.Tolerance(difference, expected);
        for (int i = 0; i < expected.ElementCount; i++)
        {
            float got = actual.ReadOnlySpan[i], wanted = expected.ReadOnlySpan[i];
            bool same = float.IsFinite(wanted) ? Math.Abs((double)got - wanted) <= tolerance : got.Equals(wanted);
            if (!same) Assert.Fail($"{output}[{i}] is {got:R}; PyTorch gave {wanted:R}, tolerance {tolerance:E2}.");
        }
    }
}
