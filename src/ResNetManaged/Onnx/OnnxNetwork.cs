using System.Security.Cryptography;
using ResNetManaged.Graphs;
using ResNetManaged.Graphs.Operations;
using ResNetManaged.Layers;
using ResNetManaged.Layers.State;
using ResNetManaged.Models;
using ResNetManaged.Onnx.Loading;
using ResNetManaged.Onnx.Model;
using ResNetManaged.Onnx.Tracing;
using ResNetManaged.Preprocessing;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;

namespace ResNetManaged.Onnx;

/// <summary>A network that was read from an ONNX file: its graph, replayed as operations of the library.</summary>
/// <remarks>
/// The tensors have the names that they have in the file. Features are what the last Gemm, or the last convolution of one pixel, reads; stages end
/// where one value alone leads on, for each size of images.
/// </remarks>
internal sealed class OnnxNetwork : ImageNetwork
{
    private const int MostParts = 24; // of a name; the last takes the rest

    private readonly OnnxProgram _program;
    private readonly OnnxParameters _parameters = new();
    private readonly OnnxStructure _structure;
    private readonly Dictionary<string, OnnxScope> _scopes = [];
    private readonly HashSet<string> _names = [];
    private readonly Linear? _head; // in place of the graph's
    private int _trainedFrom;

    /// <summary>Creates the network of a program.</summary>
    /// <param name="program">The program.</param>
    /// <param name="head">The layer that takes the place of the graph's last one; null to keep that.</param>
    /// <param name="structure">The program's parts; null to find them.</param>
    public OnnxNetwork(OnnxProgram program, Linear? head = null, OnnxStructure? structure = null)
    {
        _program = program;
        if (program.Input.Type != OnnxType.Undefined && !program.Input.Type.IsFloat())
        {
            throw OnnxErrors.Damaged(program.Model.File, program.Input.Name, $"is an input of {program.Input.Type}",
                "expected float32: export the network without the conversion of its pictures");
        }
        if (program.Input.Dimensions is { Count: not 4 } sizes)
        {
            throw OnnxErrors.Damaged(program.Model.File, program.Input.Name, $"is an input of {sizes.Count} dimensions",
                "expected images, [N, C, H, W]");
        }
        _parameters.Added = AddState;
        Train(false);
        Shape shape = UsualShape();
        OnnxTracer tracer = NewTracer();
        Graph.Trace(shape, input => Rows(program.Input.Name, input, tracer.Run(new OnnxValue(program.Input.Name, input), structure?.Features ?? program.Output).Ordered));
        _structure = structure ?? OnnxStructure.Of(program, tracer, shape);
        foreach (Model.OnnxNode node in program.Nodes) node.Budget = null;
        if (head is not null) _head = Register("head", head);
    }

    /// <summary>The graph, as the file has it.</summary>
    public OnnxProgram Program => _program;

    /// <summary>The node that computes the logits from the features; null if there is none, or a layer has taken its place.</summary>
    public string? HeadName => _head is null ? _structure.Head?.Title : "head";

    /// <summary>The nodes, one per line.</summary>
    public override string ToString() => string.Join('\n', _program.Nodes);

    /// <inheritdoc/>
    internal override string TypeName => "OnnxNetwork";

    internal override string Title => "an ONNX network";

    internal override ImagePreset UsualPreset => _program.Input.Dimensions is [_, _, int height, int width]
        ? ImagePreset.ImageNet with { Resize = Math.Min(height, width) * 256 / 224, Crop = (height, width) }
        : ImagePreset.ImageNet;

    internal override int UsualSide => UsualShape()[2];

    internal override string BodyKey => Convert.ToHexString(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(string.Join('\n', _program.Nodes))));

    internal override int StageCount => _structure.Stages.Count;

    private protected override int InChannelsCore => UsualShape()[1];

    private protected override int NumClassesCore => _head?.Weight.Shape[0] ?? _structure.Classes;

    private protected override int FeatureCountCore => _structure.FeatureCount;

    private protected override Linear HeadCore =>
        _head ?? throw new InvalidOperationException("ImageNetwork.Head: the head is part of an ONNX graph; WithHead puts a layer in its place.");

    /// <inheritdoc/>
    public override ImageNetwork WithHead(int numClasses, TorchGenerator? generator = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(numClasses);
        Linear head = new(FeatureCount, numClasses, bias: true, generator);
        OnnxNetwork network = new(_program, head, _structure) { Preset = Preset, Origin = Origin };
        StateDict own = new();
        foreach ((string name, StateTensor tensor) in NamedState())
        {
            if (DepthOf(name) <= StageCount) own.Add(name, tensor.Value);
        }
        network.LoadStateDict(own, strict: false);
        network.Train(Training);
        return network;
    }

    internal override int DepthOf(string path) =>
        path.StartsWith("head.", StringComparison.Ordinal) && _head is not null ? StageCount + 1 : _structure.DepthOf(path);

    internal override void FreezeBelow(int depth) => _trainedFrom = depth;

    internal override Graph TraceFeatures(Shape inputShape) => Trace(inputShape, input => Features(_program.Input.Name, input));

    internal override Graph TraceThrough(int stage, Shape inputShape) =>
        Trace(inputShape, input => Run(_program.Input.Name, input, _structure.Stages[stage]));

    internal override Graph TraceStage(int stage, Shape stageInput) =>
        Trace(stageInput, input => Run(_structure.Stages[stage - 1], input, _structure.Stages[stage]));

    internal override Graph TracePooled(Shape stageShape) => Trace(stageShape, input => Features(_structure.Stages[^1], input));

    internal override Graph TraceAfter(int stage, Shape stageShape) => Trace(stageShape, input => Logits(_structure.Stages[stage], input));

    /// <inheritdoc/>
    protected override Value ForwardCore(Value input) => Logits(_program.Input.Name, input);

    private Graph Trace(Shape shape, Func<Value, Value> computation) => Graph.Trace(shape, value => Call(value, computation));

    private Value Logits(string start, Value value) =>
        _head is null ? Row(Rows(start, value, Run(start, value, _program.Output))) : _head.Forward(Features(start, value));

    private Value Features(string start, Value value)
    {
        Value features = Rows(start, value, Run(start, value, _structure.Features));
        bool isImages = features.Shape is { Rank: 4 } shape && shape[2] * shape[3] > 1;
        return Row(isImages ? features.Apply(new AdaptiveAvgPool2dOperation(new Size2D(1, 1))) : features);
    }

    /// <summary>The result of images, which has a row for each; other values may have their images in another dimension.</summary>
    private Value Rows(string start, Value images, Value result) =>
        start != _program.Input.Name || result.Shape.Rank >= 2 && result.Shape[0] == images.Shape[0] ? result
            : throw OnnxErrors.Damaged(_program.Model.File, _program.Output, $"has shape {result.Shape} for {images.Shape[0]} images",
                "expected a row for each image, [N, ...]");

    private static Value Row(Value value) => value.Shape.Rank > 2 ? value.Flatten(startDim: 1) : value;

    private Value Run(string start, Value value, string end) => NewTracer().Run(new OnnxValue(start, value), end).Ordered;

    private OnnxTracer NewTracer() => new(_program, _parameters, name => Training && DepthOf(name) >= _trainedFrom)
    {
        Scope = (graph, node, compute) =>
        {
            OnnxLayer layer = new(node, _parameters, _program);
            graph.Enter(layer, node.Title);
            OnnxValue[] outputs = compute();
            layer.TakeParameters();
            graph.Exit(outputs[0].Shape);
            return outputs;
        },
    };

    /// <summary>The shape of one image as the file says it; sizes that it leaves open are the usual ones.</summary>
    private Shape UsualShape()
    {
        const int UsualSize = 224, UsualChannels = 3;
        if (_program.Input.Dimensions is not { Count: 4 } sizes) return [1, UsualChannels, UsualSize, UsualSize];
        return [1, sizes[1] ?? UsualChannels, sizes[2] ?? sizes[3] ?? UsualSize, sizes[3] ?? sizes[2] ?? UsualSize];
    }

    /// <summary>Registers a tensor under its name, of which every part before a dot is a module.</summary>
    private void AddState(string name, StateTensor tensor)
    {
        string[] parts = Array.ConvertAll(name.Split('.', MostParts), part => part.Length == 0 ? "_" : part.Replace('.', '_'));
        string last = parts[^1];
        if (parts.Length > 1)
        {
            if (!_scopes.TryGetValue(parts[0], out OnnxScope? scope)) _scopes[parts[0]] = scope = Register(Free(parts[0]), new OnnxScope());
            scope.Add(parts.AsSpan(1), tensor);
        }
        else if (tensor is Parameter parameter)
        {
            Register(Free(last), parameter);
        }
        else
        {
            RegisterBuffer(Free(last), tensor);
        }
    }

    private string Free(string name)
    {
        while (!_names.Add(name)) name += "_";
        return name;
    }
}
