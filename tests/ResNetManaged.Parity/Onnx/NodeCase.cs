using ResNetManaged.Graphs;
using ResNetManaged.Onnx.Constants;
using ResNetManaged.Onnx.Loading;
using ResNetManaged.Onnx.Model;
using ResNetManaged.Onnx.Tracing;
using ResNetManaged.Plans;
using ResNetManaged.Serialization;
using ResNetManaged.Tensors;

namespace ResNetManaged.Parity.Onnx;

/// <summary>A case of ONNX's own tests: a model of one operator, inputs, and the outputs that its reference implementation computes for
/// them.</summary>
internal sealed class NodeCase
{
    private const double Relative = 1e-3, Absolute = 1e-7; // those of ONNX's own test harness

    private readonly string _folder;

    /// <summary>Reads the model of a case.</summary>
    public NodeCase(string folder)
    {
        _folder = folder;
        Model = new OnnxModelReader(FileSource.Open(ModelPath)).Read();
    }

    public OnnxModel Model { get; }

    private string ModelPath => Path.Combine(_folder, "model.onnx");

    /// <summary>Computes all outputs from constants alone, in the reference executor and in a plan.</summary>
    /// <returns>The first difference; null if there is none.</returns>
    /// <exception cref="CheckpointException">The model or its data cannot be read.</exception>
    public string? Difference()
    {
        foreach (string set in Directory.GetDirectories(_folder, "test_data_set_*"))
        {
            Dictionary<string, Constant> given = [];
            for (int i = 0; i < Model.Graph.Inputs.Count && File.Exists(Path.Combine(set, $"input_{i}.pb")); i++)
                given[Model.Graph.Inputs[i].Name] = ReadTensor(Path.Combine(set, $"input_{i}.pb"), Model.Graph.Inputs[i].Type);
            for (int i = 0; i < Model.Graph.Outputs.Count && File.Exists(Path.Combine(set, $"output_{i}.pb")); i++)
            {
                Constant expected = ReadTensor(Path.Combine(set, $"output_{i}.pb"), Model.Graph.Outputs[i].Type);
                foreach ((string way, Shape shape, IReadOnlyList<double> numbers) in Results(given, Model.Graph.Outputs[i].Name))
                {
                    if (Difference(expected, shape, numbers) is { } difference) return $"{way}, output {i}: {difference}";
                }
            }
        }
        return null;
    }

    private static string? Difference(Constant expected, Shape shape, IReadOnlyList<double> numbers)
    {
        if (expected.Type == OnnxType.Text) return "texts, which are not compared";
        if (shape != expected.Shape) return $"shape {shape}, expected {expected.Shape}";
        for (int i = 0; i < numbers.Count; i++)
        {
            double wanted = expected.Numbers[i], got = numbers[i];
            bool isSame = wanted.Equals(got) || wanted == got || Math.Abs(wanted - got) <= Absolute + Relative * Math.Abs(wanted);
            if (!isSame) return $"element {i} is {got}, expected {wanted}";
        }
        return null;
    }

    /// <summary>An output from constants alone; then with one input computed, the rest known.</summary>
    private IEnumerable<(string Way, Shape Shape, IReadOnlyList<double> Numbers)> Results(Dictionary<string, Constant> given, string output)
    {
        Constant folded = Load(given, output).Constants[output];
        yield return ("folded", folded.Shape, folded.Numbers);
        if (Computed(given) is not { } name) yield break;
        Constant input = given[name];
        OnnxProgram program = Load(given.Where(entry => entry.Key != name).ToDictionary(), output);
        if (program.Constants.ContainsKey(output)) yield break; // does not depend on it
        OnnxParameters parameters = new();
        bool isKnown = false;
        Graph Trace(Shape shape) => Graph.Trace(shape, value =>
        {
            OnnxValue result = new OnnxTracer(program, parameters, _ => false).Run(new OnnxValue(name, value, input.Type), output);
            isKnown = result.Constant is not null;
            return isKnown ? value : result.Ordered;
        });
        Graph graph;
        try
        {
            graph = Trace(input.Shape);
        }
        catch (CheckpointException exception) when (exception.Message.Contains("depends on the elements", StringComparison.Ordinal))
        {
            yield break; // the input is a shape or an index
        }
        if (isKnown) yield break; // depends on its shape alone
        Tensor tensor = input.Tensor;
        Tensor reference = ReferenceExecutor.Run(graph, tensor, ExecutionOptions.Default);
        yield return ("reference", reference.Shape, Numbers(reference));
        if (input.Shape.Rank == 0 || input.Shape.ElementCount == 0) yield break; // no batch
        Tensor planned = new CompiledModel(Trace, ExecutionOptions.Default, new Unchanged()).Run(tensor);
        yield return ("plan", planned.Shape, Numbers(planned));
    }

    private OnnxProgram Load(Dictionary<string, Constant> given, string output) => OnnxProgramLoader.Load(FileSource.Open(ModelPath), _folder, given,
        output);

    /// <summary>The input that is computed: the first of floating-point numbers.</summary>
    private string? Computed(Dictionary<string, Constant> given)
    {
        IEnumerable<string> names = Model.Graph.Inputs.Select(input => input.Name).Where(name => given.TryGetValue(name, out Constant? value)
            && value.Shape.ElementCount > 0);
        return names.FirstOrDefault(name => given[name].Type.IsFloat() && given[name].Shape.Rank > 0) ?? names.FirstOrDefault();
    }

    private static double[] Numbers(Tensor tensor) => Array.ConvertAll(tensor.ReadOnlySpan.ToArray(), element => (double)element);

    /// <summary>Reads a file of one tensor. Those of bfloat16 say that they are integers of as many bits.</summary>
    private static Constant ReadTensor(string path, OnnxType declared)
    {
        FileSource source = FileSource.Open(path);
        TensorFiles files = new(source, folder: null);
        Constant constant = new OnnxModelReader(source).ReadOnlyTensor().ToConstant(files);
        files.Complete();
        if (declared != OnnxType.BFloat16 || constant.Type != OnnxType.UInt16) return constant;
        return new Constant(declared, constant.Shape, Array.ConvertAll(constant.Numbers, bits =>
            (double)BitConverter.Int32BitsToSingle((int)bits << 16)));
    }

    private sealed class Unchanged : ISourceState
    {
        public bool HasChanged => false;
    }
}
