using ResNetManaged.Graphs.Operations;
using ResNetManaged.Kernels.Convolution;
using ResNetManaged.Kernels.Convolution.Winograd;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Plans.Execution;
using ResNetManaged.Tensors;

namespace ResNetManaged.Plans.Lowering;

/// <summary>Makes the steps of a training program on one vector width, or says why it cannot.</summary>
internal sealed class TrainingBuilder
{
    private readonly PlanGraph _graph;
    private readonly ExecutionOptions _options;
    private readonly IGradientMemory _gradients;
    private readonly bool _wantsInputGradient;
    private readonly Dictionary<PlanValue, TrainingValue> _values = [];
    private readonly HashSet<Parameter> _trained = [];

    public TrainingBuilder(PlanGraph graph, ExecutionOptions options, IGradientMemory gradients, bool wantsInputGradient)
    {
        _graph = graph;
        _options = options;
        _gradients = gradients;
        _wantsInputGradient = wantsInputGradient;
    }

    /// <summary>In execution order.</summary>
    public List<TrainingStep> Steps { get; } = [];

    public TrainingValue Input { get; private set; } = null!; // by Build

    public TrainingValue Output => _values[_graph.Output];

    /// <summary>What there is no step for; null if the program is complete.</summary>
    public string? Obstacle { get; private set; }

    /// <summary>Makes the steps.</summary>
    public void Build(SimdPath path) => SimdDispatch.Run(path, new Building(this));

    private void Build<TSimd, TVector>()
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        if (_graph.Input.Shape is not { Rank: 2 or 4, ElementCount: > 0 })
        {
            Obstacle = $"its input {_graph.Input.Shape} is neither images nor features";
            return;
        }
        Input = _values[_graph.Input] = new TrainingValue(_graph.Input.Shape, Layout(_graph.Input.Shape, InputBlockSize()))
        {
            NeedsGradient = _wantsInputGradient,
        };
        foreach (PlanNode node in _graph.Nodes)
        {
            if (node.Operation is FlattenOperation && IsNative(node)) _values[node.Output] = _values[node.Inputs[0]];
            else if (IsNative(node)) Steps.Add(Create<TSimd, TVector>(node));
            else Obstacle ??= $"there is no training step for {node}";
            if (Obstacle is not null) return;
        }
        CheckReaders();
    }

    /// <summary>Whether all that reads the input takes a plane for each channel.</summary>
    private int InputBlockSize() =>
        _graph.Nodes.Where(node => node.Reads.Contains(_graph.Input)).All(node => node.Operation is Conv2dOperation && PlanFormats.SuitsPlanes(node.ConvGeometry))
            ? 1 : ChannelBlock.Size;

    /// <summary>Whether an operation has a step; all others run on tensors.</summary>
    private static bool IsNative(PlanNode node) => node.Output.Shape.ElementCount > 0 && node.Operation switch
    {
        BatchNorm2dOperation => true,
        AvgPool2dOperation => false,
        _ => PlanFormats.IsNative(node),
    };

    private TrainingStep Create<TSimd, TVector>(PlanNode node)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        TrainingValue input = _values[node.Inputs[0]];
        if (input.Shape.Rank != (node.Operation is LinearOperation ? 2 : 4)) Obstacle ??= $"{node} reads what does not lie as it needs it";
        bool trains = node.Operation switch
        {
            Conv2dOperation conv => Trains(node, conv.Weight, conv.Bias),
            LinearOperation linear => Trains(node, linear.Weight, linear.Bias),
            BatchNorm2dOperation norm => Trains(node, norm.Weight, norm.Bias, node.ShortcutNorm?.Weight, node.ShortcutNorm?.Bias),
            _ => false,
        };
        Shape shape = node.Operation is AdaptiveAvgPool2dOperation ? [node.Output.Shape[0], node.Output.Shape[1]] : node.Output.Shape; // features at once
        TrainingValue output = _values[node.Output] = new TrainingValue(shape, Layout(shape, ChannelBlock.Size))
        {
            NeedsGradient = trains || node.Reads.Any(value => _values[value].NeedsGradient),
        };
        return node.Operation switch
        {
            Conv2dOperation conv => new ConvTrainingStep<TSimd, TVector>(node.Path, conv, Kernels<TSimd, TVector>(node.ConvGeometry), input, output, _gradients),
            BatchNorm2dOperation norm => new NormTrainingStep<TSimd, TVector>(node.Path, norm, input,
                node.Residual is null ? null : _values[node.Residual], node.ShortcutNorm, node.Relu, output, _gradients),
            LinearOperation linear => new LinearTrainingStep<TSimd, TVector>(node.Path, linear, input, output, _gradients),
            MaxPool2dOperation pool => new MaxPoolTrainingStep<TSimd, TVector>(node.Path, pool.Geometry(node.Inputs[0].Shape), input, output),
            AdaptiveAvgPool2dOperation => new GlobalPoolTrainingStep<TSimd, TVector>(node.Path, input, output),
            ZeroPadShortcutOperation shortcut => new ZeroPadTrainingStep(node.Path, shortcut.Stride, input, output),
            AddOperation => new SumTrainingStep<TSimd, TVector>(node.Path, input, _values[node.Inputs[1]], node.Relu, output),
            _ => new SumTrainingStep<TSimd, TVector>(node.Path, input, null, relu: true, output),
        };
    }

    private IConvTraining Kernels<TSimd, TVector>(ConvGeometry geometry)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct => ConvSelector.Choose(geometry, _options, readsInput: false).Algorithm switch
        {
            ConvolutionAlgorithm.WinogradF4 when HasTransposed(geometry) => new WinogradConvTraining<TSimd, TVector, WinogradF4>(geometry),
            ConvolutionAlgorithm.WinogradF2 when HasTransposed(geometry) => new WinogradConvTraining<TSimd, TVector, WinogradF2>(geometry),
            _ => new DirectConvTraining<TSimd, TVector>(geometry),
        };

    /// <summary>Whether the gradient of its input is a convolution of the same kind, without groups.</summary>
    private static bool HasTransposed(in ConvGeometry geometry) => geometry.Groups == 1 && geometry.Padding.Top <= 2;

    /// <summary>Gradients are added up where they are read, two at most, and what a step reads must be blocked as it reads it.</summary>
    private void CheckReaders()
    {
        if (!Output.NeedsGradient) Obstacle = "it has no parameter that requires a gradient";
        if (_wantsInputGradient && Input.Gradients.Count is 0 or > 2) Obstacle ??= $"its input is read {Input.Gradients.Count} times";
        foreach (TrainingStep step in Steps)
        {
            int gradients = step.Output.Gradients.Count + (step.Output == Output ? 1 : 0);
            if (step.Output.NeedsGradient && (gradients == 0 || gradients > (step.TakesSums ? 2 : 1)))
                Obstacle ??= $"the output of {step} is read {gradients} times";
        }
    }

    /// <summary>Whether some of an operation's parameters are trained. A gradient is written by one step, not added up by several.</summary>
    private bool Trains(PlanNode node, params ReadOnlySpan<Parameter?> parameters)
    {
        bool trains = false;
        foreach (Parameter? parameter in parameters)
        {
            if (!HasGradient(parameter)) continue;
            trains = true;
            if (!_trained.Add(parameter!)) Obstacle ??= $"{node} uses a parameter that is used before";
        }
        return trains;
    }

    private unsafe bool HasGradient(Parameter? parameter) => _gradients.PointerTo(parameter) != null;

    /// <summary>Features lie as one image, whose pixels are the rows.</summary>
    private static BlockedLayout Layout(Shape shape, int blockSize) => shape.Rank == 2
        ? new BlockedLayout(shape[1], new Size2D(1, shape[0]), default)
        : new BlockedLayout(shape[1], new Size2D(shape[2], shape[3]), default, blockSize);

    private readonly struct Building(TrainingBuilder builder) : ISimdAction
    {
        public void Invoke<TSimd, TVector>()
            where TSimd : struct, ISimd<TVector>
            where TVector : struct => builder.Build<TSimd, TVector>();
    }
}
