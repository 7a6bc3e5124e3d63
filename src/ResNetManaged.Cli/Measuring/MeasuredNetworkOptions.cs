using System.CommandLine;
using System.Diagnostics;
using ResNetManaged.Cli.Commands;
using ResNetManaged.Cli.Errors;
using ResNetManaged.Cli.Inputs;
using ResNetManaged.Cli.Options;
using ResNetManaged.Graphs;
using ResNetManaged.Layers;
using ResNetManaged.Layers.State;
using ResNetManaged.Models;
using ResNetManaged.Plans;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;
using ResNetManaged.Training;

namespace ResNetManaged.Cli.Measuring;

/// <summary>The argument and options that choose what to measure.</summary>
internal sealed class MeasuredNetworkOptions
{
    private const int DefaultBatch = 1;
    private const int Seed = 0;

    private readonly Argument<ModelReference> _model = ModelReference.CreateArgument();

    private readonly Option<int> _batch = new("--batch")
    {
        Description = "Images in a batch",
        HelpName = "N",
        DefaultValueFactory = _ => DefaultBatch,
        CustomParser = OptionRules.AtLeast(1),
    };

    private readonly Option<int?> _size = new("--size")
    {
        Description = "Height and width of the images; by default the network's own size, 224 or 32",
        HelpName = "N",
        CustomParser = OptionRules.OptionalAtLeast(1),
    };

    private readonly Option<string?> _weights = new("--weights")
    {
        Description = "The network's checkpoint, or " + WeightsPath.Names + "; by default the weights are random, from a fixed seed",
        HelpName = "FILE|NAME",
    };

    private readonly ReadingOptions _reading = new();

    public void AddTo(CliCommand command)
    {
        command.Add(_model);
        command.Add(_batch);
        command.Add(_size);
        command.Add(_weights);
        _reading.AddTo(command, _weights);
    }

    /// <summary>Creates or loads the network and compiles it.</summary>
    public MeasuredNetwork Compile(ParseResult arguments, Session session)
    {
        long start = Stopwatch.GetTimestamp();
        ModelReference reference = arguments.GetRequiredValue(_model);
        int batch = arguments.GetValue(_batch);
        string? weights = arguments.GetValue(_weights);
        (ImageNetwork model, Module module) = Create(reference, weights, arguments, session);
        model.Eval();
        Shape shape = reference.InputShape(model, batch, arguments.GetValue(_size));
        CompiledModel compiled = module.Compile(session.Execution);
        InferencePlan plan = compiled.PlanFor(shape);
        double loadMilliseconds = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        session.Cancellation.ThrowIfCancellationRequested();

        if (weights is null && !NetworkArgument.IsFile(reference.Variant)) Forget(model);
        float[] input = Tensor.Uniform(shape, new TorchGenerator(Seed)).Span.ToArray();
        return new MeasuredNetwork(reference, batch, compiled, plan, input, ModelSummary.Create(module, shape).MultiplyAdds, loadMilliseconds);
    }

    /// <summary>Creates or loads the network and compiles a training step, which keeps or recomputes activations.</summary>
    /// <exception cref="UsageException">Its output is not a row of logits per image, or the images do not fit.</exception>
    public MeasuredTraining CompileTraining(ParseResult arguments, Session session, bool recompute)
    {
        long start = Stopwatch.GetTimestamp();
        ModelReference reference = arguments.GetRequiredValue(_model);
        int batch = arguments.GetValue(_batch);
        (ImageNetwork model, Module module) = Create(reference, arguments.GetValue(_weights), arguments, session);
        Shape shape = reference.InputShape(model, batch, arguments.GetValue(_size));
        if (!module.Training) module.Train();
        if (!ShapeCheck.TryTrace(module, shape, out Graph? graph, out string fault)) throw new UsageException($"--train: {fault}");
        if (graph.Output.Shape.Rank != 2)
            throw new UsageException(
                $"{reference} returns {graph.Output.Shape}; --train needs a whole network, which returns a row of logits per image");
        TrainingPlan plan = new(module, shape, session.Execution, recompute);
        return new MeasuredTraining(reference, batch, module, plan, Seed, session.Execution, start);
    }

    private (ImageNetwork Model, Module Module) Create(ModelReference reference, string? weights, ParseResult arguments, Session session)
    {
        bool isFile = NetworkArgument.IsFile(reference.Variant);
        if (isFile && weights is not null) throw new UsageException($"--weights needs a network's name; '{reference}' is a checkpoint itself");
        if (!isFile && weights is null) return reference.Create(generator: new TorchGenerator(Seed));
        (ImageNetwork model, Module module) = reference.Load(weights ?? reference.Variant, _reading.Read(arguments, isFile ? null : reference.Variant));
        ReadingOptions.Report(model, session);
        return (model, module);
    }

    /// <summary>Drops random weights after the plan has packed them: weights read from a file would not have stayed in memory either.</summary>
    private static void Forget(ImageNetwork model)
    {
        foreach (Parameter parameter in model.Parameters()) parameter.Initialize(Initializers.KaimingNormalByFanOut, generator: null);
        ProcessMemory.ResetPeak();
    }
}
