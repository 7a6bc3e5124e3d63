using ResNetManaged.Datasets;
using ResNetManaged.Datasets.Batches;
using ResNetManaged.Inference;
using ResNetManaged.Layers;
using ResNetManaged.Plans;

namespace ResNetManaged.Training.Runs;

/// <summary>Measures a network between epochs, with averaged weights if there are any, and restores the modes of its modules.</summary>
internal sealed class TrainingValidation(Module model, TrainerStep step, BatchLoader loader, ExecutionOptions execution)
{
    private readonly (Module Module, bool Training)[] _modes = [.. model.NamedModules().Select(named => (named.Module, named.Module.Training))];

    public int Batches => loader.BatchesPerEpoch;

    public IReadOnlyList<SkippedImage> Skipped => loader.Skipped;

    public ClassificationMetrics Run(CancellationToken cancellation)
    {
        using IDisposable? averaged = step.Average?.SwapIn();
        model.Eval();
        try
        {
            CompiledModel compiled = model.Compile(execution);
            ClassificationMetrics metrics = new(step.Classes);
            foreach (TrainingBatch batch in loader.Epoch(0, 0, cancellation)) metrics.Add(compiled.Run(batch.Images), batch.Labels.ToArray());
            return metrics;
        }
        finally
        {
            foreach ((Module module, bool training) in _modes) module.Train(training); // parents come before their children
        }
    }
}
