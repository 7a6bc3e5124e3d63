using ResNetManaged.Onnx.Constants;
using ResNetManaged.Tensors;

namespace ResNetManaged.Onnx.Tracing;

/// <summary>The weights and statistics that a network's operations use, under the names that the file gives them.</summary>
internal sealed class OnnxParameters
{
    private const string Mean = "running_mean", Batches = "num_batches_tracked"; // PyTorch's names

    private readonly Dictionary<string, StateTensor> _tensors = [];

    /// <summary>Called with each tensor when it is first used.</summary>
    public Action<string, StateTensor>? Added { get; set; }

    /// <summary>The tensors in the order in which they were first used.</summary>
    public IReadOnlyDictionary<string, StateTensor> All => _tensors;

    /// <summary>A weight that training may change.</summary>
    /// <param name="name">Its name in the file.</param>
    /// <param name="constant">Its elements.</param>
    /// <param name="shape">The shape in which the operation uses them.</param>
    public Parameter Weight(string name, Constant constant, Shape shape) =>
        (Parameter)Get(name, shape, typeof(Parameter), () => new Parameter(shape, 0f) { Value = constant.Tensor.Reshape(shape) });

    /// <summary>A weight whose elements are computed from those in the file.</summary>
    public Parameter Weight(string name, Shape shape, Func<Tensor> create) =>
        (Parameter)Get(name, shape, typeof(Parameter), () => new Parameter(shape, 0f) { Value = create() });

    /// <summary>A statistic, which training updates but does not learn.</summary>
    public StateTensor Statistic(string name, Constant constant, Shape shape) =>
        Get(name, shape, typeof(StateTensor), () => new StateTensor(shape, _ => constant.Tensor.Reshape(shape)));

    /// <summary>The name of a batch norm's count of batches, beside that of its mean.</summary>
    public static string CountOf(string mean) => mean.EndsWith(Mean, StringComparison.Ordinal) ? mean[..^Mean.Length] + Batches : $"{mean}_{Batches}";

    /// <summary>A count, which starts at 0.</summary>
    public StateTensor Count(string name) => Get(name, [], typeof(StateTensor), () => new StateTensor([], Tensor.Zeros));

    /// <summary>The tensor of that name; of a name with the shape if the same one is used in two shapes.</summary>
    private StateTensor Get(string name, Shape shape, Type type, Func<StateTensor> create)
    {
        if (_tensors.TryGetValue(name, out StateTensor? known))
        {
            if (known.Shape == shape && known.GetType() == type) return known;
            return Get($"{name} as {type.Name} {shape}", shape, type, create);
        }
        StateTensor tensor = create();
        _tensors.Add(name, tensor);
        Added?.Invoke(name, tensor);
        return tensor;
    }
}
