using System.CommandLine;
using System.Diagnostics;
using ResNetManaged.Cli.Commands;
using ResNetManaged.Cli.Errors;
using ResNetManaged.Cli.Options;
using ResNetManaged.Layers;
using ResNetManaged.Layers.State;
using ResNetManaged.Models;
using ResNetManaged.Plans;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;
using ResNetManaged.Training;

namespace ResNetManaged.Cli.Measuring;

/// <summary>The argument and the options that say what is measured.</summary>
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
        Description = "Height and width of the images; by default the network's own, 224 or 32",
        HelpName = "N",
        CustomParser = OptionRules.OptionalAtLeast(1),
    };

    private readonly Option<string?> _weights = new("--weights")
    {
        Description = "The network's checkpoint; by default its weights are seeded random numbers",
        HelpName = "FILE",
    };

    public void AddTo(CliCommand command)
    {
        command.Add(_model);
        command.Add(_batch);
        command.Add(_size);
        command.Add(_weights);
    }

    /// <summary>Makes or loads the network, and compiles it.</summary>
    public MeasuredNetwork Compile(ParseResult arguments, Session session)
    {
        long start = Stopwatch.GetTimestamp();
        ModelReference reference = arguments.GetRequiredValue(_model);
        int batch = arguments.GetValue(_batch);
        string? weights = arguments.GetValue(_weights);
        (ResNet model, Module module) = Create(reference, weights);
        model.Eval();
        Shape shape = reference.InputShape(model, batch, arguments.GetValue(_size));
        CompiledModel compiled = module.Compile(session.Execution);
        InferencePlan plan = compiled.PlanFor(shape);
        double loadMilliseconds = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        session.Cancellation.ThrowIfCancellationRequested();

        if (weights is null) Forget(model);
        float[] input = Tensor.Uniform(shape, new TorchGenerator(Seed)).Span.ToArray();
        return new MeasuredNetwork(reference, batch, compiled, plan, input, ModelSummary.Create(module, shape).MultiplyAdds, loadMilliseconds);
    }

    /// <summary>Makes or loads the network, and compiles a training step of it, which keeps activations or computes them again.</summary>
    /// <exception cref="UsageException">It does not give a row of logits for each image.</exception>
    public MeasuredTraining CompileTraining(ParseResult arguments, Session session, bool recompute)
    {
        long start = Stopwatch.GetTimestamp();
        ModelReference reference = arguments.GetRequiredValue(_model);
        int batch = arguments.GetValue(_batch);
        (ResNet model, Module module) = Create(reference, arguments.GetValue(_weights));
        Shape shape = reference.InputShape(model, batch, arguments.GetValue(_size));
        TrainingPlan plan = new(module, shape, session.Execution, recompute);
        if (plan.OutputShape.Rank != 2)
            throw new UsageException($"{reference} gives {plan.OutputShape}; --train needs a row of logits for each image, as a whole network gives them");
        return new MeasuredTraining(reference, batch, module, plan, Seed, session.Execution, start);
    }

    private static (ResNet Model, Module Module) Create(ModelReference reference, string? weights) =>
        weights is null ? reference.Create(generator: new TorchGenerator(Seed)) : reference.Load(weights);

    /// <summary>Drops random weights, of which the plan has its own: weights in a file would never have been in memory like this.</summary>
    private static void Forget(ResNet model)
    {
        foreach (Parameter parameter in model.Parameters()) parameter.Initialize(Initializers.KaimingNormalByFanOut, generator: null);
        ProcessMemory.ResetPeak();
    }
}
