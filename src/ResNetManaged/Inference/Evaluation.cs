using ResNetManaged.Datasets;
using ResNetManaged.Datasets.Batches;
using ResNetManaged.Models;
using ResNetManaged.Plans;

namespace ResNetManaged.Inference;

/// <summary>Evaluates a network on labeled images.</summary>
internal static class Evaluation
{
    /// <summary>Compiles a network, runs it on batches and compares its logits with the labels.</summary>
    /// <param name="model">The network, in evaluation mode.</param>
    /// <param name="batches">Preprocessed images with labels, such as those of <see cref="ImageDataset.Batches"/>.</param>
    /// <param name="options">Threads, vector width and precision; null for <see cref="ExecutionOptions.Default"/>.</param>
    /// <param name="progress">Receives the number of images done after each batch.</param>
    /// <param name="cancellationToken">Checked between batches.</param>
    /// <returns>The metrics over all batches.</returns>
    /// <exception cref="ArgumentException">The network is in training mode.</exception>
    /// <exception cref="OperationCanceledException">The evaluation was canceled.</exception>
    public static ClassificationMetrics Run(ImageNetwork model, IEnumerable<LabeledBatch> batches, ExecutionOptions? options = null,
        IProgress<int>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(batches);
        if (model.Training) throw new ArgumentException("Evaluation.Run: the model is in training mode; call Eval() first.", nameof(model));
        CompiledModel compiled = model.Compile(options);
        ClassificationMetrics metrics = new(model.NumClasses);
        foreach (LabeledBatch batch in batches)
        {
            cancellationToken.ThrowIfCancellationRequested();
            metrics.Add(compiled.Run(batch.Images), batch.Labels);
            progress?.Report(metrics.Count);
        }
        return metrics;
    }
}
